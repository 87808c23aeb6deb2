import type { History, Violation } from '../history.ts';
import type { World } from '../world.ts';
import { historyHolds, messagesArrived, moneyAgrees } from './across.ts';
import { bookingChecks, type Check, paymentChecks, ticketChecks } from './queries.ts';

export { bookingChecks, paymentChecks, ticketChecks } from './queries.ts';

/** Runs queries whose every row is a violation. */
export async function queried(sql: World['sql'], checks: readonly Check[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { invariant, database, what, sql: text } of checks) {
    const rows = await sql<{ row: string }>(database, text);
    violations.push(...rows.slice(0, 20).map(({ row }) => ({ invariant, what: `${what}: ${row}` })));
  }
  return violations;
}

/** Everything that must be true when nobody buys and nothing is under way. */
export async function check(sql: World['sql'], history: History): Promise<Violation[]> {
  return [
    ...history.violations,
    ...(await queried(sql, [...bookingChecks, ...paymentChecks, ...ticketChecks])),
    ...(await moneyAgrees(sql)),
    ...(await messagesArrived(sql)),
    ...(await historyHolds(sql, history)),
  ];
}
