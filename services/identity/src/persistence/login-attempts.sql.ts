import { type Database, query, type Tx } from '@boxoffice/postgres';
import { type LoginAttempt, loginPolicy } from '../domain/login-attempt.ts';

/** The attempts at an address inside the window; until the transaction ends nobody else may add one. */
export async function lockLoginAttempts(tx: Tx, emailIndex: Buffer): Promise<LoginAttempt[]> {
  // An advisory lock, because there may be no row to lock yet. Two addresses sharing a hash only wait for each other.
  await query(tx, `SELECT pg_advisory_xact_lock(hashtextextended('login ' || encode($1::bytea, 'hex'), 0))`, [emailIndex]);
  return query<LoginAttempt>(
    tx,
    `SELECT (extract(epoch FROM clock_timestamp() - attempted_at) * 1000)::float8 AS "ageMs", failed
     FROM login_attempts
     WHERE email_index = $1 AND attempted_at > clock_timestamp() - make_interval(secs => $2)`,
    [emailIndex, loginPolicy.windowMs / 1000],
  );
}

/** Counts an attempt before its password is compared. */
export async function insertLoginAttempt(tx: Tx, id: string, emailIndex: Buffer): Promise<void> {
  await query(tx, 'INSERT INTO login_attempts (id, email_index) VALUES ($1, $2)', [id, emailIndex]);
}

/** The password was wrong. */
export async function failLoginAttempt(db: Database, id: string): Promise<void> {
  await db.query('UPDATE login_attempts SET failed = true WHERE id = $1', [id]);
}

/** The password was never compared. */
export async function withdrawLoginAttempt(db: Database, id: string): Promise<void> {
  await db.query('DELETE FROM login_attempts WHERE id = $1', [id]);
}

/** The password was right: the address starts afresh. */
export async function clearLoginAttempts(tx: Tx, emailIndex: Buffer): Promise<void> {
  await query(tx, 'DELETE FROM login_attempts WHERE email_index = $1', [emailIndex]);
}

/** Forgets attempts that no longer count; answers how many, at most 5,000. */
export async function purgeLoginAttempts(db: Database): Promise<number> {
  const rows = await db.query(
    `DELETE FROM login_attempts WHERE id IN (
       SELECT id FROM login_attempts WHERE attempted_at < statement_timestamp() - make_interval(secs => $1) LIMIT 5000 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
    [loginPolicy.windowMs / 1000],
  );
  return rows.length;
}
