import { CompiledQuery } from 'kysely';
import type { Database, Tx } from './database.ts';
import { prepare } from './prepared.ts';

/**
 * Runs one SQL statement as written, with real parameters ($1, $2 …), in the transaction `tx` or, on a Database, on its own.
 * A statement with parameters is prepared once per connection: its text must not be made up anew for each call.
 * Arrays pass as arrays; a value for a json column is passed as JSON text. timestamptz arrives as Date, int8 as number, numeric as text.
 */
export async function query<Row>(target: Tx | Database, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const kysely = 'transaction' in target ? target.orm.driver.getConnection('write').getClient() : target.getKysely();
  if (values.length > 0) prepare(text);
  const result = await kysely.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return result.rows;
}
