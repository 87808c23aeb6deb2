import { z } from 'zod';

/** A line of the image's `load`: one call as its customer saw it, told when it was over. */
const Entry = z.object({
  op: z.string(),
  at: z.number(),
  ms: z.number(),
  outcome: z.enum(['ok', 'refused', 'unknown']),
  code: z.string().optional(),
});
export type Entry = z.output<typeof Entry>;

/** The calls in a log of `load`, in the order in which they were over. */
export function entriesIn(log: string): Entry[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{"op":'));
  return lines.map((line) => Entry.parse(JSON.parse(line)));
}

export type WindowResult = { calls: number; failed: number; longestPauseMs: number; codes: Record<string, number> };

/** What happened between two places of the log: calls that were over there, those that were not ok, the longest time without one that was. */
export function windowOf(entries: readonly Entry[], from: number, to: number): WindowResult {
  const inside = entries.slice(from, to);
  const overAt = ({ at, ms }: Entry) => at + ms;
  const isGood = ({ outcome }: Entry) => outcome === 'ok';
  const before = entries.slice(0, from).filter(isGood).at(-1);
  let last = before ? overAt(before) : (inside[0]?.at ?? 0);
  let longestPauseMs = 0;
  for (const entry of inside.filter(isGood)) {
    longestPauseMs = Math.max(longestPauseMs, overAt(entry) - last);
    last = overAt(entry);
  }
  const end = inside.at(-1);
  if (end) longestPauseMs = Math.max(longestPauseMs, overAt(end) - last); // none was ok at the end
  const bad = inside.filter((entry) => !isGood(entry));
  const codes: Record<string, number> = {};
  for (const { op, code = 'unknown' } of bad) codes[`${op} ${code}`] = (codes[`${op} ${code}`] ?? 0) + 1;
  return { calls: inside.length, failed: bad.length, longestPauseMs, codes };
}

export function windowLine({ calls, failed, longestPauseMs, codes }: WindowResult): string {
  const share = ((failed / Math.max(1, calls)) * 100).toFixed(2);
  const why = Object.entries(codes).map(([code, count]) => `${code} ${count}`);
  return `${calls} calls, ${failed} not 2xx (${share} %), longest pause ${longestPauseMs} ms${why.length ? `: ${why.join(', ')}` : ''}`;
}
