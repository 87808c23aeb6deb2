import { checks, type Finding, lookAtAll } from '@boxoffice/audit';
import { bankNews } from '../bank.ts';
import { poisonKey } from '../faults/engines.ts';
import type { History, Violation } from '../history.ts';
import type { World } from '../world.ts';
import { historyHolds } from './history-holds.ts';

/** Everything that must be true when nobody buys and nothing is under way: what the auditor looks at, without grace, and what clients were told. */
export async function check(sql: World['sql'], history: History): Promise<Violation[]> {
  const { findings } = await lookAtAll({ sql, graceMs: 0 });
  const { believed } = await bankNews({ sql });
  const forged = believed === 0 ? [] : [{ invariant: 'I6', what: `${believed} forged webhooks were taken for the provider's` }];
  return [...history.violations, ...findings.filter(notPoison).map(violationOf), ...(await historyHolds(sql, history)), ...forged];
}

/** The poison of F15 has to stay a dead letter. */
const notPoison = ({ what }: Finding) => !what.includes(poisonKey);

const violationOf = ({ check: name, what }: Finding): Violation => ({ invariant: checks[name].invariant, what: `${name}: ${what}` });
