import pg from 'pg';

type Query = (this: pg.Client, ...given: unknown[]) => unknown;
type Submittable = { handleReadyForQuery(connection: unknown): void };

/**
 * Calls `before` before everything that commits on this process' connections of that application name (a COMMIT, a statement of its own that writes,
 * several in one round trip), and what it answered when the commit has happened and nobody here knows. It works below every library, so what is watched needs
 * to know nothing of it. For a process of a test: it cannot be undone.
 */
export function watchCommits(applicationName: string, before: () => () => void): void {
  const send = pg.Client.prototype.query as Query;
  const inTransaction = new WeakSet<pg.Client>();
  const commits = (client: pg.Client, given: unknown): boolean => {
    if (isSubmittable(given)) return true;
    const text = textOf(given);
    if (/^\s*(begin|start transaction)/i.test(text)) inTransaction.add(client);
    if (/^\s*(commit|rollback)/i.test(text)) return inTransaction.delete(client) && /^\s*commit/i.test(text);
    return !inTransaction.has(client) && /\b(insert into|update|delete from)\b/i.test(text);
  };
  const watched: Query = function (...given) {
    const [first, ...rest] = given;
    if (nameOf(this) !== applicationName || !commits(this, first)) return send.apply(this, given);
    const after = before();
    if (isSubmittable(first)) {
      const ready = first.handleReadyForQuery;
      first.handleReadyForQuery = function (connection) {
        after();
        ready.call(this, connection);
      };
      return send.apply(this, given);
    }
    const told = rest.at(-1);
    if (typeof told !== 'function') return (send.apply(this, given) as Promise<unknown>).finally(() => after());
    return send.apply(this, [
      first,
      ...rest.slice(0, -1),
      (...answer: unknown[]) => {
        after();
        told(...answer);
      },
    ]);
  };
  pg.Client.prototype.query = watched as typeof pg.Client.prototype.query;
}

const isSubmittable = (given: unknown): given is Submittable => typeof given === 'object' && given !== null && 'handleReadyForQuery' in given;

const textOf = (given: unknown): string =>
  typeof given === 'string' ? given : typeof given === 'object' && given !== null && 'text' in given ? String(given.text) : '';

/** pg keeps what it was connected with; its types do not say so. */
const nameOf = (client: pg.Client): string | undefined =>
  (client as unknown as { connectionParameters?: { application_name?: string } }).connectionParameters?.application_name;
