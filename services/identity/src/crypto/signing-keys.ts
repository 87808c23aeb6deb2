import type { Database } from '@boxoffice/postgres';
import type { Place } from '@boxoffice/service-kit';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { currentSigningKey, ensureSigningKey, publishedKeys, type StoredSigningKey } from '../persistence/signing-keys.sql.ts';
import type { PersonalData } from './personal-data.ts';

/** The keys of access tokens. */
export interface SigningKeys {
  /** The key that signs now; made at first use. */
  current(): Promise<{ kid: string; key: CryptoKey }>;
  /** RFC 7517 public keys, newest first. */
  published(): Promise<Record<string, unknown>[]>;
}

const placeOf = (kid: string): Place => ({ table: 'signing_keys', column: 'private_key', row: kid });

/** Ed25519 keys kept in the database, private halves encrypted like personal data. */
export function createSigningKeys(db: Database, personalData: PersonalData): SigningKeys {
  let opened: { kid: string; key: CryptoKey } | undefined;
  const stored = async () => (await currentSigningKey(db)) ?? (await ensureSigningKey(db, () => generate(personalData)));
  return {
    async current() {
      // The row is read each time, so that every replica signs with a new key at once; the private key is unlocked once.
      const row = await stored();
      if (opened?.kid === row.kid) return opened;
      const fresh = await unlock(row, personalData);
      opened = fresh;
      return fresh;
    },
    async published() {
      await stored();
      return publishedKeys(db);
    },
  };
}

/** The key id is the RFC 7638 thumbprint of the public key. */
async function generate(personalData: PersonalData): Promise<StoredSigningKey> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x } = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(pair.publicKey);
  const { sealed, keyId } = personalData.seal(placeOf(kid), JSON.stringify(await exportJWK(pair.privateKey)));
  return { kid, publicJwk: { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }, privateKeyEncrypted: sealed, encryptionKeyId: keyId };
}

async function unlock(row: StoredSigningKey, personalData: PersonalData): Promise<{ kid: string; key: CryptoKey }> {
  const jwk: unknown = JSON.parse(personalData.open(placeOf(row.kid), { sealed: row.privateKeyEncrypted, keyId: row.encryptionKeyId }));
  const key = await importJWK(jwk as object, 'EdDSA'); // our own JSON, authenticated by its tag
  if (key instanceof Uint8Array) throw new Error(`Signing key ${row.kid} is not an Ed25519 key.`);
  return { kid: row.kid, key };
}
