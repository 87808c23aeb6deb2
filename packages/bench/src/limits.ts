import { availableParallelism } from 'node:os';
import { watchCpu } from './cpu.ts';
import { type Statements, watchStatements } from './statements.ts';

/** What the processes and Postgres did during a measurement. */
export type Seen = { cpu: Record<string, number>; statements: Statements };

/** Watches processor time and statements while `work` runs. */
export async function watched<T>(on: { pids: Record<string, number>; adminUrl: string }, work: () => Promise<T>): Promise<T & { seen: Seen }> {
  const statements = await watchStatements(on.adminUrl);
  const cpu = watchCpu(on.pids);
  try {
    const result = await work();
    const split = cpu.split();
    return { ...result, seen: { cpu: split, statements: await statements.end() } };
  } catch (error) {
    await statements.end().catch(() => {});
    throw error;
  }
}

/** Names what was used up: a process whose core is full, all cores together, or what Postgres waited for. */
export function limitOf({ cpu, statements }: Seen): string {
  const cores = availableParallelism();
  const used = Object.values(cpu).reduce((sum, share) => sum + share, 0);
  const split = splitOf(cpu);
  const full = Object.entries(cpu).filter(([name, share]) => share >= 0.9 && name !== 'Postgres' && name !== 'the rest');
  const who = full.length > 0 ? `the core of ${full.map(([name]) => name).join(' and ')} is full` : undefined;
  const all = used >= cores * 0.9 ? `all ${cores} cores are full` : undefined;
  const what = [who, all].filter(Boolean).join(', ') || `no core is full (${used.toFixed(2)} of ${cores}): it waits`;
  const top = statements.shares.slice(0, 3).map(({ what: text, share }) => `${Math.round(share * 100)} % \`${text}\``);
  return `${what} (${split}); ${statements.busy.toFixed(1)} statements at once${top.length > 0 ? `, ${top.join(', ')}` : ''}`;
}

/** Cores by process, largest first. */
const splitOf = (cpu: Record<string, number>): string =>
  Object.entries(cpu)
    .filter(([, share]) => share >= 0.03)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${share.toFixed(2)}`)
    .join(', ');
