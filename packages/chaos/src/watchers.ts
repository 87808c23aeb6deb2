import { setTimeout as pause } from 'node:timers/promises';
import type { Violation } from './history.ts';
import type { Me } from './operations.ts';
import type { World } from './world.ts';

/** Customers who keep a live stream of their tickets open through everything that happens. */
export interface Watchers {
  /** Opens one for somebody who just arrived, unless enough watch already. */
  watch(me: Me): void;
  /** What they saw that is not so, once everything is settled: each ticket of theirs, once. Closes the streams. */
  converged(sql: World['sql']): Promise<Violation[]>;
}

const most = 40;
const withinMs = 20_000;
type Watcher = { userId: string; seen: Map<string, number> };

/** Nobody watches yet. */
export function watchersOf(): Watchers {
  const watchers: Watcher[] = [];
  const over = new AbortController();
  return {
    watch({ client, userId }) {
      if (watchers.length >= most) return;
      const watcher: Watcher = { userId, seen: new Map() };
      watchers.push(watcher);
      void follow(client, watcher, over.signal);
    },
    async converged(sql) {
      const end = performance.now() + withinMs;
      let violations = await wrong(sql, watchers);
      while (violations.length > 0 && performance.now() < end) {
        await pause(500);
        violations = await wrong(sql, watchers);
      }
      over.abort();
      return violations;
    },
  };
}

/** The SDK gives up when it cannot connect at first; a customer's app does not. */
async function follow(client: Me['client'], { seen }: Watcher, signal: AbortSignal): Promise<void> {
  let lastEventId = '0'; // everything from the beginning
  const onEventId = (id: string) => {
    lastEventId = id;
  };
  while (!signal.aborted) {
    try {
      for await (const { ticketId } of client.liveTickets({ signal, lastEventId, onEventId })) seen.set(ticketId, (seen.get(ticketId) ?? 0) + 1);
    } catch {
      await pause(500);
    }
  }
}

async function wrong(sql: World['sql'], watchers: readonly Watcher[]): Promise<Violation[]> {
  const userIds = watchers.map(({ userId }) => userId);
  const rows = await sql<{ id: string; userId: string }>(
    'ticketing',
    'SELECT id::text, user_id::text AS "userId" FROM tickets WHERE user_id = ANY ($1::uuid[])',
    [userIds],
  );
  return watchers.flatMap(({ userId, seen }) => {
    const missed = rows.filter((row) => row.userId === userId && !seen.has(row.id)).map(({ id }) => `ticket ${id} was never shown to its customer`);
    const repeated = [...seen].filter(([, times]) => times > 1).map(([id, times]) => `ticket ${id} was shown ${times} times`);
    return [...missed, ...repeated].map((what) => ({ invariant: 'watchers', what }));
  });
}
