import type { Database } from '@boxoffice/postgres';
import { type BestRefused, type Proposal, proposalsFor } from '../domain/best-available.ts';
import type { Wish } from '../domain/best-seats.ts';
import type { HoldAttempt } from '../domain/hold.ts';
import { hallsOf, lookAt } from './hold-best.sql.ts';
import { holdSeats } from './hold-seats.sql.ts';

/** Who wants how many seats of an event, and for how long, in milliseconds. */
export type BestHold = { reservationId: string; userId: string; eventId: string; wish: Wish; ttlMs: number };

/** What it came to. BUSY: others were faster each time; no verdict. */
export type BestAttempt = BestRefused | Exclude<HoldAttempt, { result: 'TAKEN' }> | { result: 'BUSY' };

/** Looks at an event this often for one batch: each time somebody else must have taken one of the seats chosen, which ends long before this. */
const maxRounds = 40;

/** Answers BestHolds of one ttl and different customers, in the order given; events side by side. */
export function bestHolder(db: Database): (holds: readonly BestHold[]) => Promise<BestAttempt[]> {
  const hallFor = hallsOf(db);
  return async (holds) => {
    const answers = new Map<BestHold, BestAttempt>();
    const groups = [...Map.groupBy(holds, (hold) => hold.eventId)];
    const done = await Promise.allSettled(groups.map(([eventId, some]) => settleAll(eventId, some, { db, hallFor, answers })));
    for (const result of done) if (result.status === 'rejected') throw result.reason;
    return holds.map((hold) => answers.get(hold) ?? { result: 'BUSY' });
  };
}

type Work = { db: Database; hallFor: ReturnType<typeof hallsOf>; answers: Map<BestHold, BestAttempt> };

/**
 * Looks, chooses, tries to hold what it chose by the statement of named seats, and looks again for those who lost. Choosing locks nothing, so a process that
 * stops in the middle is in nobody's way; the hold waits for whoever has a seat locked, and a "no" comes from a look alone.
 */
async function settleAll(eventId: string, holds: readonly BestHold[], { db, hallFor, answers }: Work): Promise<void> {
  let waiting = holds;
  for (let round = 0; round < maxRounds && waiting.length > 0; round += 1) {
    const sight = await lookAt(db, eventId, waiting);
    const hall = await hallFor(eventId, sight.free.length);
    const proposals = proposalsFor(
      hall,
      sight,
      waiting.map((hold) => hold.wish),
    );
    const attempts = await tryAll(db, waiting, proposals);
    for (const [hold, attempt] of attempts) if (attempt.result !== 'TAKEN' && attempt.result !== 'LATER') answers.set(hold, attempt);
    waiting = waiting.filter((hold) => !answers.has(hold));
  }
}

type Attempt = HoldAttempt | Exclude<Proposal, { result: 'SEATS' }>;

async function tryAll(db: Database, holds: readonly BestHold[], proposals: readonly Proposal[]): Promise<Map<BestHold, Attempt>> {
  const attempts = new Map<BestHold, Attempt>();
  const chosen: { hold: BestHold; seatIds: string[] }[] = [];
  for (const [at, hold] of holds.entries()) {
    const proposal = proposals[at];
    if (proposal?.result === 'SEATS') chosen.push({ hold, seatIds: proposal.seatIds });
    else if (proposal) attempts.set(hold, proposal);
  }
  if (chosen.length === 0) return attempts;
  const held = await holdSeats(
    db,
    chosen.map(({ hold: { wish: _, ...hold }, seatIds }) => ({ ...hold, seatIds })),
  );
  for (const [at, { hold }] of chosen.entries()) attempts.set(hold, held[at] ?? { result: 'LATER' });
  return attempts;
}
