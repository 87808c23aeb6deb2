import type { BankName } from '../banks.ts';
import { type Scenario, scenarios } from '../scenarios.ts';
import { orderRefunds } from './order-refunds.ts';

/** Who drives it when it is killed: the call of who wants it (a customer, or staff that refunds), or the job that finds it after the provider's answer was lost. */
export const drivers = ['customer', 'reconciler'] as const;
export type Driver = (typeof drivers)[number];
/** Killed before a call is made or a commit is sent, or after it happened and before anybody here knows. */
export type Moment = 'before' | 'after';

/** One way a payment goes at a bank, and who drives it. */
export interface Kind {
  bank: BankName;
  scenario: string;
  driver: Driver;
}
/** One way to die. `at` counts the calls and commits of a process that is not killed. */
export interface Cell extends Kind {
  at: number;
  moment: Moment;
  /** In words. */
  name: string;
}

/** Every kind of payment at a bank. What becomes of refunded orders is checked in the test provider's books. */
export const kindsAt = (bank: BankName): Kind[] =>
  [...Object.keys(scenarios), ...(bank === 'test' ? Object.keys(orderRefunds) : [])].flatMap((scenario) =>
    drivers.map((driver) => ({ bank, scenario, driver })),
  );

/** Every way to die in a payment of this kind that passes these points. */
export const cellsOf = (kind: Kind, points: readonly string[]): Cell[] =>
  points.flatMap((point, at) =>
    (['before', 'after'] as const).map((moment) => ({
      ...kind,
      ...{ at, moment },
      name: `${kind.bank} | ${kind.scenario} | ${kind.driver} | ${moment} ${point === 'commit' ? `the commit after ${points[at - 1] ?? 'the start'}` : point}`,
    })),
  );

/** What the test provider and booking are asked in order, and what is committed in between: each answer before the next question. */
export function pointsAtTestProvider({ calls }: Scenario, driver: Driver): string[] {
  const answered = (call: string) => [call, 'commit'];
  if (driver === 'customer') return ['beginPayment', 'commit', 'commit', ...calls.flatMap(answered)];
  return ['commit', ...['lookUp', ...calls.slice(1)].flatMap(answered)];
}
