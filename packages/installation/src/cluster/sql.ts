import type { Cluster } from './cluster.ts';

/** Runs a statement in booking's database, inside the bundled PostgreSQL's pod. Answers its rows as text. */
export async function sql({ kubectl, nameOf }: Cluster, statement: string): Promise<string> {
  const psql = `PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")" psql -h 127.0.0.1 -U postgres -d booking -v ON_ERROR_STOP=1 -At -c "${statement}"`;
  return (await kubectl('exec', `${nameOf('postgres')}-0`, '--', 'sh', '-c', psql)).trim();
}
