import { type Database, query } from '@boxoffice/postgres';

/** A key that signs codes; `x` is the raw Ed25519 public key in base64url. */
export type SigningKey = { kid: string; x: string; privateEncrypted: Buffer };

const newest = 'SELECT kid, public_x AS x, private_encrypted AS "privateEncrypted" FROM qr_signing_keys ORDER BY created_at DESC, kid LIMIT 1';

/** The key to sign with; the first caller of an installation makes it, all others wait for that one and get the same. */
export async function currentSigningKey(db: Database, make: () => SigningKey): Promise<SigningKey> {
  const known = await db.query<SigningKey>(newest);
  if (known[0]) return known[0];
  return db.transaction(async (tx) => {
    await query(tx, `SELECT pg_advisory_xact_lock(hashtextextended('ticketing/qr-signing-keys', 0))`);
    const made = await query<SigningKey>(tx, newest);
    if (made[0]) return made[0];
    const key = make();
    await query(tx, 'INSERT INTO qr_signing_keys (kid, public_x, private_encrypted) VALUES ($1, $2, $3)', [key.kid, key.x, key.privateEncrypted]);
    return key;
  });
}

/** The public half of a key; undefined when it is not one of ours. */
export async function publicKeyOf(db: Database, kid: string): Promise<string | undefined> {
  const rows = await db.query<{ x: string }>('SELECT public_x AS x FROM qr_signing_keys WHERE kid = $1', [kid]);
  return rows[0]?.x;
}

/** The public half of every key that ever signed, newest first. */
export const publicKeys = (db: Database): Promise<{ keyId: string; x: string }[]> =>
  db.query('SELECT kid AS "keyId", public_x AS x FROM qr_signing_keys ORDER BY created_at DESC, kid');
