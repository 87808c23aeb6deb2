import { createHash } from 'node:crypto';
import { Refusal } from '@boxoffice/contracts';
import type { Database, Tx } from './database.ts';
import { query } from './query.ts';

/** Statements for a service's migration: the table that `idempotent` keeps its answers in. */
export const idempotencySchema: string[] = [
  `CREATE TABLE idempotency_keys (
     user_id    text NOT NULL,
     procedure  text NOT NULL,
     key        text NOT NULL,
     input_hash text NOT NULL,
     answer     jsonb,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (user_id, procedure, key)
   )`,
  'CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at)',
];

/** A call that may arrive twice: whose, which procedure, under which key (none: it just runs), with what input. */
export interface IdempotentCall {
  userId: string;
  procedure: string;
  key: string | undefined;
  input: unknown;
}

/**
 * Runs `run` once per user, procedure and key, in the transaction that it belongs to: a second call with the same input gets the first answer (as JSON:
 * dates are ISO text), with another input Refusal IDEMPOTENCY_KEY_REUSED. A rollback forgets the key. A concurrent second call waits for the first.
 */
export async function idempotent<T>(tx: Tx, call: IdempotentCall, run: () => Promise<T>): Promise<T> {
  if (call.key === undefined) return run();
  const inputHash = hashOf(call.input);
  if (!(await claimKey(tx, call, inputHash))) return storedAnswer<T>(tx, call, inputHash);
  const answer = await run();
  await keepAnswer(tx, call, answer);
  return answer;
}

const identify = ({ userId, procedure, key }: IdempotentCall) => [userId, procedure, key];

/** Insert first: while another transaction holds the same key uncommitted, this statement waits for its end. */
async function claimKey(tx: Tx, call: IdempotentCall, inputHash: string): Promise<boolean> {
  const rows = await query(
    tx,
    `INSERT INTO idempotency_keys (user_id, procedure, key, input_hash)
     VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING
     RETURNING key`,
    [...identify(call), inputHash],
  );
  return rows.length === 1;
}

async function storedAnswer<T>(tx: Tx, call: IdempotentCall, inputHash: string): Promise<T> {
  const [row] = await query<{ input_hash: string; answer: { value: T } }>(
    tx,
    'SELECT input_hash, answer FROM idempotency_keys WHERE user_id = $1 AND procedure = $2 AND key = $3',
    identify(call),
  );
  if (row === undefined) throw new Error('an idempotency key was purged while it was read');
  if (row.input_hash !== inputHash) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
  return row.answer.value;
}

/** The answer is wrapped, so that a procedure without one (undefined) is told apart from null. */
async function keepAnswer(tx: Tx, call: IdempotentCall, value: unknown): Promise<void> {
  await query(tx, 'UPDATE idempotency_keys SET answer = $4 WHERE user_id = $1 AND procedure = $2 AND key = $3', [
    ...identify(call),
    JSON.stringify({ value }),
  ]);
}

/** SHA-256 of the input as JSON with sorted keys: the same request gives the same hash, however its object was put together. */
export const hashOf = (input: unknown): string => createHash('sha256').update(canonicalJson(input)).digest('hex');

const canonicalJson = (input: unknown): string =>
  JSON.stringify(input ?? null, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const keptForHours = 24;
const batchSize = 5000;

/** A job that forgets keys older than 24 h, in batches, so that it never holds many rows. */
export const purgeIdempotencyKeys = (db: Pick<Database, 'query'>) => ({
  name: 'purge-idempotency-keys',
  everyMs: 600_000,
  run: async (): Promise<number> => {
    for (let purged = 0; ; ) {
      const gone = await db.query(purgeSql, [keptForHours, batchSize]);
      purged += gone.length;
      if (gone.length < batchSize) return purged;
    }
  },
});

// SKIP LOCKED: every replica runs this job, and none should wait for another.
const purgeSql = `
  DELETE FROM idempotency_keys
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys
    WHERE created_at < now() - make_interval(hours => $1)
    LIMIT $2
    FOR UPDATE SKIP LOCKED))
  RETURNING 1 AS purged`;
