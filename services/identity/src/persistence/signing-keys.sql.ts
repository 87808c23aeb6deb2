import { type Database, query } from '@boxoffice/postgres';

/** A signing key as stored: public half readable, private half ciphertext. */
export type StoredSigningKey = { kid: string; publicJwk: Record<string, unknown>; privateKeyEncrypted: Buffer; encryptionKeyId: string };

const columns = `kid, public_jwk AS "publicJwk", private_key_encrypted AS "privateKeyEncrypted", encryption_key_id AS "encryptionKeyId"`;
const currentSql = `SELECT ${columns} FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC, kid LIMIT 1`;

/** The key that signs now; undefined before the first. */
export async function currentSigningKey(db: Database): Promise<StoredSigningKey | undefined> {
  return (await db.query<StoredSigningKey>(currentSql))[0];
}

/** The key that signs now, made by `generate` when there is none: of any number of processes that come at once, one makes it. */
export async function ensureSigningKey(db: Database, generate: () => Promise<StoredSigningKey>): Promise<StoredSigningKey> {
  return db.transaction(async (tx) => {
    await query(tx, `SELECT pg_advisory_xact_lock(hashtextextended('identity signing key', 0))`);
    const [there] = await query<StoredSigningKey>(tx, currentSql); // a statement of its own: it sees what the one before us committed
    if (there) return there;
    const made = await generate();
    await query(tx, 'INSERT INTO signing_keys (kid, public_jwk, private_key_encrypted, encryption_key_id) VALUES ($1, $2, $3, $4)', [
      made.kid,
      JSON.stringify(made.publicJwk),
      made.privateKeyEncrypted,
      made.encryptionKeyId,
    ]);
    return made;
  });
}

/** Public keys whose tokens may still be alive, newest first: in use, or retired less than a day ago (access tokens live an hour at most). */
export async function publishedKeys(db: Database): Promise<Record<string, unknown>[]> {
  const rows = await db.query<{ publicJwk: Record<string, unknown> }>(
    `SELECT public_jwk AS "publicJwk" FROM signing_keys
     WHERE retired_at IS NULL OR retired_at > statement_timestamp() - interval '1 day'
     ORDER BY created_at DESC, kid`,
  );
  return rows.map(({ publicJwk }) => publicJwk);
}
