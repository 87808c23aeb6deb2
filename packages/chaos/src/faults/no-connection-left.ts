import pg from 'pg';
import { owners } from '../world.ts';
import type { Fault } from './types.ts';

/** As many sessions as the server gives away, opened by ten at once. */
async function takeAll(url: string): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  const take = async () => {
    for (;;) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
      client.on('error', () => {});
      const isOurs = await client.connect().then(
        () => true,
        () => false,
      );
      if (!isOurs) return;
      taken.push(client);
    }
  };
  await Promise.all(Array.from({ length: 10 }, take));
  return taken;
}

/** F11: a service lost its connections and gets no new ones; those of the others go on until they want one more. */
export const noConnectionLeft: Fault = {
  class: 'F11',
  name: 'no connection is left at Postgres',
  seen: 'one service is unavailable until there is one',
  lasts: [1_000, 4_000],
  async begin({ postgres }, chance) {
    const service = chance.oneOf(owners);
    const taken = await takeAll(postgres.adminUrl);
    const giveBack = async () => void (await Promise.all(taken.map((client) => client.end().catch(() => {}))));
    try {
      const ended = await taken[0]?.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        `chaos_${service.replaceAll('-', '_')}`,
      ]);
      taken.push(...(await takeAll(postgres.adminUrl))); // theirs, before they are back
      return { on: `${taken.length} taken, ${ended?.rowCount ?? 0} of them from ${service}`, end: giveBack };
    } catch (error) {
      await giveBack();
      throw error;
    }
  },
};
