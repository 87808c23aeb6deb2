import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Database } from '@boxoffice/postgres';
import type { ProvenCode } from '../domain/door.ts';
import { codeOf, type QrPayload, readCode, signedPartOf } from '../domain/qr-code.ts';
import { currentSigningKey, publicKeyOf, publicKeys, type SigningKey } from '../persistence/signing-keys.sql.ts';
import { closeBox, openBox } from './key-box.ts';

/** Signs the codes of tickets and proves them, with keys kept in the database. Never call it inside a transaction's row locks without need: it may read a key. */
export interface TicketSigner {
  /** Makes the installation's first key when there is none, and throws when the secret does not open the newest one. */
  prepare(): Promise<void>;
  /** 'BO1.<payload>.<signature>' with the newest key. */
  sign(facts: Omit<QrPayload, 'keyId'>): Promise<string>;
  /** Is this text a code of ours? Never throws for what somebody holds in front of a reader. */
  prove(text: string): Promise<ProvenCode>;
  publicKeys(): Promise<{ keyId: string; x: string }[]>;
}

/** `secret`: 32 bytes that close the private keys in the database. */
export function ticketSigner(db: Database, secret: Buffer): TicketSigner {
  let current: Promise<{ kid: string; key: KeyObject }> | undefined;
  const known = new Map<string, KeyObject>(); // only keys of the table get in, so it stays small
  const signingKey = () => {
    current ??= currentSigningKey(db, () => makeKey(secret)).then((row) => ({ kid: row.kid, key: privateKeyOf(secret, row) }));
    current.catch(() => {
      current = undefined; // asked again next time: the database was away, or is not migrated yet
    });
    return current;
  };
  const verifyingKey = async (kid: string) => {
    const x = known.has(kid) ? undefined : await publicKeyOf(db, kid);
    if (x !== undefined) known.set(kid, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } }));
    return known.get(kid);
  };
  return {
    prepare: async () => void (await signingKey()),
    async sign(facts) {
      const { kid, key } = await signingKey();
      const signed = signedPartOf({ ...facts, keyId: kid });
      return codeOf(signed, sign(null, Buffer.from(signed), key));
    },
    async prove(text) {
      const code = readCode(text);
      if (!code) return { forged: 'unreadable' };
      const key = await verifyingKey(code.payload.keyId);
      if (!key) return { forged: 'unknown-key' };
      return verify(null, Buffer.from(code.signed), key, code.signature) ? { payload: code.payload } : { forged: 'signature' };
    },
    publicKeys: async () => {
      await signingKey();
      return publicKeys(db);
    },
  };
}

/** The key id is the start of the public key's hash, so that it can be recomputed from what a door has. */
function makeKey(secret: Buffer): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key has no x');
  const kid = createHash('sha256').update(x).digest('base64url').slice(0, 12);
  return { kid, x, privateEncrypted: closeBox(secret, kid, privateKey.export({ format: 'der', type: 'pkcs8' })) };
}

function privateKeyOf(secret: Buffer, { kid, privateEncrypted }: SigningKey): KeyObject {
  try {
    return createPrivateKey({ key: openBox(secret, kid, privateEncrypted), format: 'der', type: 'pkcs8' });
  } catch (error) {
    throw new Error(`TICKET_KEY_SECRET does not open the signing key ${kid}: it was changed, or belongs to another installation`, { cause: error });
  }
}
