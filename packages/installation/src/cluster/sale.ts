import { z } from 'zod';
import { type Client, startClient } from './clients.ts';
import type { Cluster } from './cluster.ts';

const Count = z.object({ acknowledged: z.number(), found: z.number() });
/** The last line of the image's `load`. */
const Result = z.object({
  seconds: z.number(),
  orders: z.number(),
  answers: z.object({
    requests: z.number(),
    not2xx: z.number(),
    byStatus: z.record(z.string(), z.number()),
    samples: z.array(z.string()),
    longestPauseMs: z.number(),
    p50Ms: z.number(),
    p99Ms: z.number(),
  }),
  found: z.object({ holds: Count, payments: Count, confirmed: Count, tickets: Count, missing: z.array(z.string()) }),
});
export type SaleResult = z.output<typeof Result>;

/** The result in a log of `load`; throws an Error when there is none. */
export function saleResult(log: string): SaleResult {
  const last = log.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{"result":')) throw new Error(`The load gave no result; its last words: ${last.slice(0, 500)}`);
  return Result.parse(JSON.parse(last).result);
}

/** One line for people: what was asked, what was not answered with 2xx, what was found again. */
export function saleLine({ answers, found }: SaleResult): string {
  const share = ((answers.not2xx / Math.max(1, answers.requests)) * 100).toFixed(2);
  const counts = (['holds', 'confirmed', 'tickets'] as const).map((what) => `${found[what].found}/${found[what].acknowledged} ${what}`);
  return `${answers.requests} calls, ${answers.not2xx} not 2xx (${share} %), longest pause ${answers.longestPauseMs} ms, p99 ${answers.p99Ms} ms; found ${counts.join(', ')}`;
}

/** A steady sale by a client in another namespace while `work` runs; ends when that does, and reads every acknowledged effect back. */
export async function duringSale(cluster: Cluster, name: string, work: () => Promise<void>): Promise<SaleResult> {
  const client = await startSale(cluster, name);
  const failed = await work().then(
    () => undefined,
    (error: Error) => error,
  );
  const result = await endSale(client);
  if (failed) throw failed;
  return result;
}

export async function startSale(cluster: Cluster, name: string, perSecond = 5): Promise<Client> {
  const client = await startClient(cluster, name, ['load', '--url', cluster.url, '--rate', String(perSecond)]);
  await client.says('{"onSale":', 60_000);
  return client;
}

/** Ends with 1 where something is missing: the result says what. */
export async function endSale(client: Client): Promise<SaleResult> {
  await client.stop();
  return saleResult(await client.end(240_000, 1));
}

/** Throws an Error that names what was acknowledged and is not there. */
export function expectAllFound({ found: { missing }, orders }: SaleResult): void {
  if (missing.length > 0) throw new Error(`acknowledged, and not found afterwards: ${missing.join(', ')}`);
  if (orders === 0) throw new Error('nothing was sold: this proves nothing');
}

/** Throws an Error with the first answers that were not 2xx. */
export function expectAllAnswered({ answers: { not2xx, samples } }: SaleResult): void {
  if (not2xx > 0) throw new Error(`${not2xx} answers were not 2xx:\n${samples.join('\n')}`);
}
