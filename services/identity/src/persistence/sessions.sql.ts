import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { RevokeReason, SessionState } from '../domain/session.ts';

/** A session as stored, with what the database clock says about it. */
export type StoredSession = Omit<SessionState, 'presented'> & { userId: string; guest: boolean; refreshHash: Buffer; previousHash: Buffer | null };

/** Opens a session for `ttlS` seconds; answers the database's time. */
export async function insertSession(tx: Tx, session: { id: string; userId: string; refreshHash: Buffer; ttlS: number }): Promise<Date> {
  const [row] = await query<{ now: Date }>(
    tx,
    `INSERT INTO sessions (id, user_id, refresh_hash, expires_at)
     VALUES ($1, $2, $3, statement_timestamp() + make_interval(secs => $4))
     RETURNING opened_at AS now`,
    [session.id, session.userId, session.refreshHash, session.ttlS],
  );
  if (!row) throw new Error('INSERT INTO sessions returned nothing');
  return row.now;
}

/** Takes a session. Whoever waited here sees the hashes as the one before left them (READ COMMITTED re-reads the locked row). */
export async function lockSession(tx: Tx, id: string): Promise<StoredSession | undefined> {
  const [row] = await query<StoredSession>(
    tx,
    `SELECT s.user_id AS "userId", a.kind = 'guest' AS guest, s.refresh_hash AS "refreshHash", s.previous_hash AS "previousHash",
            s.revoked_at IS NOT NULL AS revoked, s.expires_at <= statement_timestamp() AS expired,
            coalesce(s.opened_at < a.revoked_before, false) AS before
     FROM sessions s JOIN accounts a ON a.id = s.user_id
     WHERE s.id = $1
     FOR NO KEY UPDATE OF s`,
    [id],
  );
  return row;
}

/** Exchanges the refresh token of a locked session; it lives `ttlS` seconds from now. Answers the database's time. */
export async function rotateSession(tx: Tx, next: { id: string; refreshHash: Buffer; ttlS: number }): Promise<Date> {
  const [row] = await query<{ now: Date }>(
    tx,
    `UPDATE sessions
     SET previous_hash = refresh_hash, refresh_hash = $2, expires_at = statement_timestamp() + make_interval(secs => $3)
     WHERE id = $1
     RETURNING statement_timestamp() AS now`,
    [next.id, next.refreshHash, next.ttlS],
  );
  if (!row) throw new Error(`session ${next.id} was locked and is gone`);
  return row.now;
}

/** Ends a session; one that has ended stays as it is. */
export async function revokeSession(tx: Tx, id: string, reason: RevokeReason): Promise<void> {
  await query(tx, `UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = $2 WHERE id = $1 AND revoked_at IS NULL`, [id, reason]);
}

/** Ends the session whose current or last refresh token this is. */
export async function endSession(db: Database, id: string, hash: Buffer): Promise<void> {
  await db.query(
    `UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = 'logout'
     WHERE id = $1 AND revoked_at IS NULL AND (refresh_hash = $2 OR previous_hash = $2)`,
    [id, hash],
  );
}

/** Forgets sessions that ended a week ago or longer; answers how many. At most 5,000 at a time, so that the statement stays short. */
export async function purgeSessions(db: Database): Promise<number> {
  const rows = await db.query(
    `DELETE FROM sessions WHERE id IN (
       SELECT id FROM sessions WHERE expires_at < statement_timestamp() - interval '7 days' LIMIT 5000 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
  );
  return rows.length;
}
