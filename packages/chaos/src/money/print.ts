import { isGood, type MoneyRunResult } from './run.ts';
import type { Sums } from './sums.ts';

const totalOf = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
const money = (minor: number) => (minor / 100).toFixed(2).padStart(12);
const books: [keyof Sums, string][] = [
  ['provider', "provider's books: captured − refunded"],
  ['payment', 'payment: captured − refunded'],
  ['booking', 'booking: price of sold seats'],
];

/** Tells a money run; answers the exit code: 0 when every cent is where it belongs. */
export function printMoneyRun(seed: number, orders: number, result: MoneyRunResult): number {
  const { held, ends, kills, undecided, sums, news, settledAfter, violations, folder } = result;
  console.log(`seed ${seed}`);
  console.log(`${orders} orders, ${held} held seats, ${totalOf(ends)} payments, ${totalOf(kills)} kills ${JSON.stringify(kills)}`);
  console.table(ends);
  console.log(
    `webhooks: ${news.events} events, ${news.twice} taken twice, ${news.waiting} still wait, ${news.forged} forged, ${news.believed} of them believed`,
  );
  for (const [name, words] of books) console.log(`${words.padEnd(40)} ${money(sums[name])}`);
  console.log(`${undecided} undecided; ${settledAfter === undefined ? 'did not settle' : `settled ${settledAfter} s after the last fault`}`);
  for (const { invariant, what } of violations.slice(0, 50)) console.log(`VIOLATION ${invariant}: ${what}`);
  const good = isGood(result) && held > 0;
  console.log(good ? 'every cent is where it belongs' : `something is off; logs of the services are in ${folder}/logs`);
  return good ? 0 : 1;
}
