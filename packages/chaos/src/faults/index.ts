import { diesBeforeCommit } from './dies-before-commit.ts';
import { engineFaults } from './engines.ts';
import { nearLimits } from './near-limits.ts';
import { networkFaults } from './network.ts';
import { noConnectionLeft } from './no-connection-left.ts';
import { killOneOf, processFaults } from './processes.ts';
import { providerFaults } from './provider.ts';
import { staleRedis } from './stale-redis.ts';
import type { Fault } from './types.ts';

export type { Fault } from './types.ts';

/** Every fault that is injected by the harness while customers buy. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...nearLimits,
  ...networkFaults,
  ...engineFaults,
  staleRedis,
  noConnectionLeft,
  diesBeforeCommit,
  ...providerFaults,
];

/** kill -9 of each engine, of booking and of payment. */
export const kills: readonly Fault[] = [
  killOneOf(['booking'], 'kill -9 booking'),
  killOneOf(['payment'], 'kill -9 payment'),
  ...engineFaults.filter(({ name }) => / is killed and /.test(name)),
];

/** Faults that are not drawn: they are in every run, or come by an option. */
export const otherFaults: { class: string; how: string }[] = [
  { class: 'F17', how: 'by --reaper off (none in the whole run) and --reaper 3 (three at once)' },
];
