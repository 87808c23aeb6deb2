import type { PsqlSession } from './pod-programs.ts';

/**
 * The databases in the order in which their snapshots are taken: whoever hears of something before whoever said it, whoever asks before whoever answers. A
 * backup may then lack an effect, which is made again, and never the cause of one.
 */
export const inOrder = ['notification-analytics', 'ticketing', 'payment', 'booking', 'identity'] as const;
export type Owner = (typeof inOrder)[number];

export type Rows = Record<string, number>;
export type Snapshot = { id: string; at: string };

/** Rows of every table, as the session sees them; the count of each is a statement inside of the statement. */
const counts = `SELECT c.relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public' ORDER BY 1`;

export async function countRows(session: PsqlSession): Promise<Rows> {
  return Object.fromEntries((await session.rows(counts)).map(readCount));
}

function readCount(line: string): [table: string, rows: number] {
  const [table = '', rows = ''] = line.split('|');
  if (!/^\d+$/.test(rows)) throw new Error(`psql counted ${line}: expected table|rows`);
  return [table, Number(rows)];
}

/** Begins a transaction that will see one moment until its session ends: that of its first look. */
export const beginLook = (session: PsqlSession): Promise<unknown> => session.rows('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');

/** The moment is now; others can see the same one by its id. */
export async function takeSnapshot(session: PsqlSession): Promise<Snapshot> {
  const [line = ''] = await session.rows(
    'SELECT pg_export_snapshot(), to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')',
  );
  const [id = '', at = ''] = line.split('|');
  return { id, at };
}

/** Tables whose rows are not as many as they were, one line each; empty when all are. */
export function differences(before: Rows, after: Rows): string[] {
  const tables = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return tables
    .filter((table) => before[table] !== after[table])
    .map((table) => `${table}: ${before[table] ?? 'no table'} → ${after[table] ?? 'no table'}`);
}

/** From the first snapshot to the last, in milliseconds. */
export const apartMs = (snapshots: readonly Snapshot[]): number => {
  const times = snapshots.map(({ at }) => Date.parse(at));
  return Math.max(...times) - Math.min(...times);
};
