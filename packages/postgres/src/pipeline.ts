import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import type { Pool } from './pool.ts';
import { prepare, preparedName } from './prepared.ts';

/** One SQL statement with its parameters ($1, $2 …); its text must not be made up anew for each call. */
export type Statement = { text: string; values: readonly unknown[] };

/**
 * Statements in one transaction and one round trip (the protocol's pipeline mode): each sees what was committed before it begins, all are
 * kept or none. Answers the rows of each. For short transactions whose statements do not depend on each other's rows: BEGIN, two statements and COMMIT
 * one by one are four round trips, and a busy event loop makes each wait.
 */
export async function sendTogether(pool: Pool, statements: readonly Statement[]): Promise<unknown[][]> {
  for (const { text } of statements) prepare(text);
  const client = await pool.connect();
  try {
    return await new Promise((resolve, reject) => {
      // Its types know it as a plain query; a client takes everything that can submit itself.
      const together = new Together(statements, (error, results) => (error ? reject(error) : resolve(results.map(({ rows }) => rows))));
      (client as unknown as pg.ClientBase).query(together as unknown as pg.Submittable);
    });
  } finally {
    client.release();
  }
}

/** What pg's types do not tell of its connection. */
type Wire = {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: string; statement: string; values: readonly unknown[]; valueMapper: (value: unknown) => unknown }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
};
type Result = { rows: unknown[] };
type Base = new (
  config: { text: string },
  callback: (error: Error | null, results: Result | Result[]) => void,
) => { handleReadyForQuery(wire: Wire): void };

/** A query of pg's with several statements and one Sync at their end, which is what makes them one transaction. */
class Together extends (pg.Query as unknown as Base) {
  readonly #statements: readonly Statement[];

  constructor(statements: readonly Statement[], done: (error: Error | null, results: Result[]) => void) {
    super({ text: '' }, (error, results) => done(error, Array.isArray(results) ? results : [results]));
    this.#statements = statements;
  }

  submit(wire: Wire): null {
    wire.stream.cork();
    try {
      for (const statement of this.#statements) send(wire, statement);
    } finally {
      wire.sync();
      wire.stream.uncork();
    }
    return null;
  }

  override handleReadyForQuery(wire: Wire): void {
    // Comes only when nothing failed: all of them were parsed.
    for (const { text } of this.#statements) wire.parsedStatements[nameOf(text)] = text;
    super.handleReadyForQuery(wire);
  }
}

/**
 * Names of their own: of a pipeline that failed Postgres may know a statement that pg does not, and pg would prepare it again under the name it has for
 * single queries and be told that it exists.
 */
function nameOf(text: string): string {
  const name = preparedName(text);
  return name === undefined ? '' : `together_${name}`;
}

/** A parameter as text. Arrays of ids and numbers need no quotes; pg looks for what to escape in each element, which is a fiftieth of a hold. */
const written = (value: unknown): unknown => (Array.isArray(value) && value.every(isBare) ? `{${value.join()}}` : prepareValue(value));
const isBare = (element: unknown): boolean => typeof element === 'number' || (typeof element === 'string' && bareForm.test(element));
const bareForm = /^[\da-f-]{36}$/;

function send(wire: Wire, { text, values }: Statement): void {
  const name = nameOf(text);
  if (!name || wire.parsedStatements[name] !== text) {
    if (name) wire.close({ type: 'S', name }); // one that was parsed by a transaction which failed is still there
    wire.parse({ name, text });
  }
  wire.bind({ portal: '', statement: name, values, valueMapper: written });
  wire.describe({ type: 'P', name: '' });
  wire.execute({ portal: '', rows: 0 });
}
