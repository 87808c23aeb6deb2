import type { Database } from './database.ts';

/** Where gauges are made; fits service-kit's metrics. */
export interface Gauges {
  gauge(
    name: string,
    help: string,
    labels: readonly string[],
    collect?: (gauge: { set(labels: Record<string, string>, value: number): void }) => void,
  ): unknown;
}

/**
 * boxoffice_pool_connections{database,state}, boxoffice_pool_connections_max{database} and boxoffice_pool_waiting{database}: use and saturation of a pool, at the
 * moment of a scrape.
 */
export function measurePool({ url, pool }: Pick<Database, 'url' | 'pool'>, metrics: Gauges): void {
  const database = new URL(url).pathname.slice(1);
  metrics.gauge('boxoffice_pool_connections', 'Database connections of this process: in use, or open and idle.', ['database', 'state'], (gauge) => {
    const { open, inUse } = pool();
    gauge.set({ database, state: 'in-use' }, inUse);
    gauge.set({ database, state: 'idle' }, open - inUse);
  });
  metrics.gauge('boxoffice_pool_connections_max', 'Database connections this process may open.', ['database'], (gauge) =>
    gauge.set({ database }, pool().max),
  );
  metrics.gauge('boxoffice_pool_waiting', 'Callers waiting for a database connection.', ['database'], (gauge) =>
    gauge.set({ database }, pool().waiting),
  );
}
