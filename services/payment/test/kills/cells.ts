import type { Chance } from '@boxoffice/testing/chance';
import type { Moment } from '@boxoffice/testing/commits';
import { type Scenario, scenarios } from '../scenarios.ts';
import type { BankName } from './banks.ts';

/** Who drives the payment when it is killed: its customer's calls, or the reconciler that finds it after the provider's first answer was lost. */
export const drivers = ['customer', 'reconciler'] as const;
export type Driver = (typeof drivers)[number];

/** One way to die: where in which payment. `at` counts the points of that way. */
export interface Cell {
  bank: BankName;
  scenario: string;
  driver: Driver;
  at: number;
  moment: Moment;
  /** In words. */
  name: string;
}

/** Every call and every commit of a process that drives a payment of this kind, in order. */
export function pointsOf({ calls }: Scenario, driver: Driver): string[] {
  const after = (call: string) => [call, `the commit of what ${call} answered`];
  if (driver === 'customer') return ['beginPayment', 'the commit of createPayment', 'the commit of confirmPayment', ...calls.flatMap(after)];
  return ['the commit of the lease', ...['lookUp', ...calls.slice(1)].flatMap(after)];
}

/** The whole table. */
export const allCells = (bank: BankName): Cell[] =>
  Object.entries(scenarios).flatMap(([scenario, how]) =>
    drivers.flatMap((driver) =>
      pointsOf(how, driver).flatMap((point, at) =>
        (['before', 'after'] as const).map((moment) => ({
          bank,
          scenario,
          driver,
          at,
          moment,
          name: `${bank} | ${scenario} | ${driver} | ${moment} ${point}`,
        })),
      ),
    ),
  );

/** So many of them, drawn: each kind of payment as often as any other. */
export function someOf(cells: readonly Cell[], count: number, chance: Chance): Cell[] {
  const bags = [...Map.groupBy(cells, ({ scenario, driver }) => `${scenario} ${driver}`).values()];
  const chosen: Cell[] = [];
  while (chosen.length < count && bags.some((bag) => bag.length > 0))
    for (const bag of bags) {
      if (chosen.length >= count || bag.length === 0) continue;
      chosen.push(...bag.splice(chance.between(0, bag.length - 1), 1));
    }
  return chosen;
}
