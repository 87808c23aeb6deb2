import { expect, test } from 'vitest';
import { type Outcome, simulate } from './simulate.ts';

const only = process.env.SIMULATION_SEED;
const first = Number(only ?? process.env.SIMULATION_FROM ?? 1);
const count = only === undefined ? Number(process.env.SIMULATION_SEEDS ?? 3_000) : 1;

/** What a person needs to go after it. */
const story = ({ seed, violations, trace }: Outcome) =>
  `seed ${seed} breaks ${violations.join('; ')}\nreplay: SIMULATION_SEED=${seed} npx vitest run packages/simulation/src/simulate.test.ts\n${trace.join('\n')}`;

test(`${count} histories of claim, expiry, payment and messages under every fault break no promise`, async () => {
  const seen: Record<string, number> = {};
  const count1 = (what: string) => {
    seen[what] = (seen[what] ?? 0) + 1;
  };
  const began = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulate(seed);
    if (only !== undefined) console.log(outcome.trace.join('\n'));
    if (outcome.violations.length > 0) throw new Error(story(outcome));
    seen.steps = (seen.steps ?? 0) + outcome.steps;
    const { booking, payment, ticketing } = outcome.stage;
    for (const entry of booking.house.history) count1(`seat ${entry.releaseReason ?? entry.status}`);
    for (const row of payment.rows.values()) count1(`payment ${row.failureReason ?? row.status}`);
    for (const ticket of ticketing.tickets) count1(`ticket ${ticket.status}`);
  }
  console.log(`simulation: seeds ${first} to ${first + count - 1} in ${(performance.now() - began).toFixed(0)} ms`, JSON.stringify(seen));
  if (only !== undefined) return;
  // The histories get everywhere; were one of these 0, a promise about it would be proven of nothing.
  const ends = ['CONFIRMED', 'CANCELLED', 'card-declined', 'capture-failed', 'not-answered', 'seats-gone'].map((end) => `payment ${end}`);
  const released = ['customer', 'expired', 'payment-failed', 'refunded', 'event-cancelled'].map((reason) => `seat ${reason}`);
  for (const what of [...ends, ...released, 'ticket USED', 'ticket CANCELLED']) expect(seen[what], what).toBeGreaterThan(0);
}, 180_000); // about 6 s on an idle machine

test('the same seed is the same history, step by step', async () => {
  const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
  expect(again.trace).toEqual(once.trace);
  expect(other.trace).not.toEqual(once.trace);
});
