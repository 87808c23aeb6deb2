import { Client } from 'pg';

/** What Postgres was seen doing: text of the statement (its beginning) → share of the looks at a busy connection. */
export type Statements = { busy: number; shares: { what: string; share: number }[] };

const lookEveryMs = 50;
const look = `
  SELECT replace(datname, 'bench_', '') || ': ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 90) || coalesce(' [waits: ' || wait_event || ']', '') AS what
  FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** Looks at Postgres' connections every 50 ms until `end()`: a profile of its statements without any extension, at about 1 % of a core. */
export async function watchStatements(adminUrl: string): Promise<{ end(): Promise<Statements> }> {
  const client = new Client(adminUrl);
  client.on('error', () => {});
  await client.connect();
  const seen = new Map<string, number>();
  let looks = 0;
  let over = false;
  const looking = (async () => {
    while (!over) {
      const { rows } = await client.query<{ what: string }>({ name: 'look', text: look });
      looks += 1;
      for (const { what } of rows) seen.set(what, (seen.get(what) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  })();
  return {
    async end() {
      over = true;
      await looking;
      await client.end();
      const all = [...seen.values()].reduce((sum, count) => sum + count, 0);
      const shares = [...seen].sort(([, a], [, b]) => b - a).map(([what, count]) => ({ what, share: count / Math.max(1, all) }));
      return { busy: all / Math.max(1, looks), shares };
    },
  };
}
