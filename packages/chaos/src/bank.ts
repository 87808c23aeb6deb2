import { setTimeout as pause } from 'node:timers/promises';
import type { World } from './world.ts';

/** What the test provider is told to do wrong, in the words of its control API (payment's README); what is left out goes right. */
export type Trouble = {
  down?: { forMs: number; share?: number };
  lostReplies?: number;
  answersLateMs?: number;
  webhooks?: { on?: boolean; lateMs?: number; twice?: number; reordered?: number; forged?: number };
};

/** Tells the bank, through its table: no process of ours has to be alive for that. Asks again while the database is away. */
export async function tellBank({ sql }: Pick<World, 'sql'>, trouble: Trouble): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const told = await sql(
      'payment',
      `INSERT INTO test_provider_controls (controls) VALUES ($1)
       ON CONFLICT (the_only) DO UPDATE SET controls = excluded.controls, set_at = statement_timestamp()`,
      [JSON.stringify(trouble)],
    ).catch((error: unknown) => error);
    if (Array.isArray(told)) return;
    if (attempt === 10) throw told;
    await pause(300);
  }
}

export type BankNews = { events: number; waiting: number; twice: number; forged: number; believed: number };

/** What became of the bank's webhooks; `believed` counts forged ones that were taken, and must be 0. */
export async function bankNews({ sql }: Pick<World, 'sql'>): Promise<BankNews> {
  const [news] = await sql<BankNews>(
    'payment',
    `SELECT count(*)::int AS events, count(*) FILTER (WHERE done_at IS NULL)::int AS waiting, count(*) FILTER (WHERE accepted > 1)::int AS twice,
       coalesce(sum(forged_sent), 0)::int AS forged, coalesce(sum(forged_accepted), 0)::int AS believed FROM test_provider_events`,
  );
  if (!news) throw new Error('a count without a row');
  return news;
}
