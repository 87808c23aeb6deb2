import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { normaliseEmail } from '../domain/email.ts';

/** Where a ciphertext belongs; bound to it, so that it opens nowhere else. */
export type Place = { table: string; column: string; row: string };
/** What is stored: nonce (12 bytes), ciphertext, tag (16 bytes), and beside it the id of the key. */
export type Sealed = { sealed: Buffer; keyId: string };

/** Encrypts what must not be readable in the database. */
export interface PersonalData {
  /** AES-256-GCM under the primary key with a random 96-bit nonce. */
  seal(place: Place, text: string): Sealed;
  /** Throws when the bytes were changed, moved to another place, or their key is not in the ring. */
  open(place: Place, sealed: Sealed): string;
  /** Finds an address without reading any: equal for every spelling of the same address. */
  emailIndex(email: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

const bytesOf = (text: string) => Buffer.from(text, 'base64');
const isKey = (text: string) => bytesOf(text).length === keyBytes && bytesOf(text).toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
/** 32 random bytes in base64. The message never repeats the value. */
export const SecretKey = z.string().refine(isKey, 'must be 32 bytes in base64');
/** JSON: key id → key. */
export const KeyRing = z.record(z.string().regex(/^[\w-]{1,40}$/), SecretKey);

/** Parses the JSON of a key ring; undefined when it is not one. */
export function keyRingOf(json: string): Record<string, string> | undefined {
  try {
    return KeyRing.parse(JSON.parse(json));
  } catch {
    return undefined; // the parser's message would quote the keys
  }
}

const aadOf = (place: Place, keyId: string) => Buffer.from(JSON.stringify([place.table, place.column, place.row, keyId]));

/** Personal data under these keys. Throws when the primary key is not in the ring. */
export function createPersonalData(secrets: { keys: string; primary: string; blindIndexKey: string }): PersonalData {
  const ring = new Map(Object.entries(keyRingOf(secrets.keys) ?? {}).map(([id, key]) => [id, bytesOf(key)]));
  const primary = ring.get(secrets.primary);
  if (!primary) throw new Error(`PERSONAL_DATA_KEY_ID names '${secrets.primary}', which is not in PERSONAL_DATA_KEYS.`);
  const blindIndexKey = bytesOf(SecretKey.parse(secrets.blindIndexKey));
  return {
    seal(place, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', primary, nonce).setAAD(aadOf(place, secrets.primary));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { sealed: Buffer.concat([nonce, body, cipher.getAuthTag()]), keyId: secrets.primary };
    },
    open(place, { sealed, keyId }) {
      const key = ring.get(keyId);
      if (!key) throw new Error(`The key '${keyId}' of ${place.table}.${place.column} is not in PERSONAL_DATA_KEYS.`);
      if (sealed.length < nonceBytes + tagBytes) throw new Error(`${place.table}.${place.column} of ${place.row} is too short to be a ciphertext.`);
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(aadOf(place, keyId))
        .setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
    },
    emailIndex: (email) =>
      createHmac('sha256', blindIndexKey)
        .update(`email:${normaliseEmail(email)}`)
        .digest(),
  };
}

/** The secrets of an identity service. */
export type Secrets = { PERSONAL_DATA_KEYS: string; PERSONAL_DATA_KEY_ID: string; BLIND_INDEX_KEY: string; PASSWORD_PEPPER: string };

/** Fresh secrets for a laptop, to be kept with the data: who loses them loses every e-mail address and password. */
export function generateSecrets(): Secrets {
  const key = () => randomBytes(keyBytes).toString('base64');
  return { PERSONAL_DATA_KEYS: JSON.stringify({ k1: key() }), PERSONAL_DATA_KEY_ID: 'k1', BLIND_INDEX_KEY: key(), PASSWORD_PEPPER: key() };
}
