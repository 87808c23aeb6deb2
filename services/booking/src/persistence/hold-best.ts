import { type Database, query, type Tx } from '@boxoffice/postgres';
import { Failed } from '@boxoffice/service-kit';
import { type BestRefused, type Proposal, proposalsFor } from '../domain/best-available.ts';
import type { Wish } from '../domain/best-seats.ts';
import type { HoldAttempt } from '../domain/hold.ts';
import { lockChoosers, lookAt, rememberedHalls } from './hold-best.sql.ts';
import { attemptsOf, type HoldRow, holdStatements } from './hold-seats.sql.ts';

/** Who wants how many seats of an event, and for how long, in milliseconds. */
export type BestHold = { reservationId: string; userId: string; eventId: string; wish: Wish; ttlMs: number };

/** What it came to. BUSY: others were faster each time; no verdict. */
export type BestAttempt = BestRefused | Exclude<HoldAttempt, { result: 'TAKEN' }> | { result: 'BUSY' };

/** An event is looked at so often for one batch: each time somebody who named a seat must have taken one of those chosen, which ends long before this. */
const maxRounds = 40;

/**
 * Answers BestHolds of one ttl and different customers, in the order given; events side by side. What fails after others were held is `Failed`, for those must
 * hear what they have.
 */
export function bestHolder(db: Database): (holds: readonly BestHold[]) => Promise<(BestAttempt | Failed)[]> {
  const hallFor = rememberedHalls();
  return async (holds) => {
    const answers = new Map<BestHold, BestAttempt | Failed>();
    const settleEvent = async (eventId: string, some: readonly BestHold[]) => {
      let waiting = some;
      for (let round = 0; round < maxRounds && waiting.length > 0; round += 1) {
        const attempts = await db.transaction((tx) => chooseAndHold({ tx, hallFor }, eventId, waiting));
        for (const [hold, attempt] of attempts) if (attempt.result !== 'TAKEN' && attempt.result !== 'LATER') answers.set(hold, attempt);
        waiting = waiting.filter((hold) => !answers.has(hold));
      }
    };
    const failures: { of: readonly BestHold[]; error: unknown }[] = [];
    const events = [...Map.groupBy(holds, (hold) => hold.eventId)];
    await Promise.all(events.map(([eventId, of]) => settleEvent(eventId, of).catch((error: unknown) => void failures.push({ of, error }))));
    if (failures[0] && answers.size === 0) throw failures[0].error;
    for (const { of, error } of failures) for (const hold of of) if (!answers.has(hold)) answers.set(hold, new Failed(error));
    return holds.map((hold) => answers.get(hold) ?? { result: 'BUSY' });
  };
}

type Attempt = HoldAttempt | Exclude<Proposal, { result: 'SEATS' }>;

/**
 * Looks, chooses, and holds what it chose by the statement of named seats, which waits for whoever has one of them locked and judges everything itself: what
 * was chosen is a proposal. A "no" comes from a look alone, so it never rests on a race that was lost.
 */
async function chooseAndHold(
  { tx, hallFor }: { tx: Tx; hallFor: ReturnType<typeof rememberedHalls> },
  eventId: string,
  holds: readonly BestHold[],
): Promise<Map<BestHold, Attempt>> {
  await lockChoosers(tx, eventId);
  const sight = await lookAt(tx, eventId, holds);
  const hall = await hallFor(tx, eventId, sight.free.length);
  const wishes = holds.map((hold) => hold.wish);
  const attempts = new Map<BestHold, Attempt>();
  const chosen: { hold: BestHold; seatIds: string[] }[] = [];
  for (const [at, proposal] of proposalsFor(hall, sight, wishes).entries()) {
    const hold = holds[at];
    if (hold && proposal.result === 'SEATS') chosen.push({ hold, seatIds: proposal.seatIds });
    else if (hold && proposal.result !== 'SEATS') attempts.set(hold, proposal);
  }
  const held = await holdChosen(tx, chosen);
  for (const [at, { hold }] of chosen.entries()) attempts.set(hold, held[at] ?? { result: 'LATER' });
  return attempts;
}

async function holdChosen(tx: Tx, chosen: readonly { hold: BestHold; seatIds: string[] }[]): Promise<HoldAttempt[]> {
  if (chosen.length === 0) return [];
  const [lock, hold] = holdStatements(chosen.map(({ hold: { wish: _, ...wanted }, seatIds }) => ({ ...wanted, seatIds })));
  await query(tx, lock.text, lock.values);
  return attemptsOf(await query<HoldRow>(tx, hold.text, hold.values)) as HoldAttempt[]; // never RETRY: no seat was proposed to two of them
}
