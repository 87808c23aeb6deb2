import type { Socket } from 'node:net';
import type pg from 'pg';

/** Probes begin after this long without a word; Node's own are 10, a second apart, so an idle connection that was cut is noticed in 20 s. */
export const keepAliveAfterMs = 10_000;

/** What pg's types do not tell: where its bytes go, and whether it owes no answer. */
type Wire = { connection: { stream: Socket }; readyForQuery: boolean };

/**
 * Ends a connection that owes an answer and on which no byte has moved for `answerMs`; 0 is never. The server cancels a slow statement by itself
 * (`statement_timeout`, which must be shorter), so only a connection that was cut without a word meets this: TCP alone gives up after 15 minutes.
 * By the socket's own timer: pg's `query_timeout` fails the query and leaves its dead connection in the pool.
 */
export function endWhenSilent(client: pg.PoolClient, answerMs: number): void {
  const wire = client as unknown as Wire;
  const { stream } = wire.connection;
  stream.setTimeout(answerMs, () => {
    if (wire.readyForQuery && stream.writable) return;
    stream.destroy(Object.assign(new Error(`the database has said nothing for ${answerMs} ms: connection given up`), { code: 'ETIMEDOUT' }));
  });
}
