import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** The parts of what AES-256-GCM closed; each place stores them in an order of its own. `tag` is 16 bytes, `nonce` 12 random ones. */
export type SealedParts = { nonce: Buffer; text: Buffer; tag: Buffer };

/** Closes content under a key of 32 bytes. It opens only with the same key and the same `bound` bytes, which are not stored. */
export function sealBytes(key: Buffer, bound: Buffer, content: Buffer): SealedParts {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  const text = Buffer.concat([cipher.update(content), cipher.final()]);
  return { nonce, text, tag: cipher.getAuthTag() };
}

/** The content; throws when the key, the bound bytes or a single bit is not what it was closed with. */
export function openBytes(key: Buffer, bound: Buffer, { nonce, text, tag }: SealedParts): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound).setAuthTag(tag);
  return Buffer.concat([decipher.update(text), decipher.final()]);
}

/** Where a ciphertext belongs; bound to it, so that it opens nowhere else. */
export type Place = { table: string; column: string; row: string };
/** What is stored: nonce (12 bytes), ciphertext, tag (16 bytes), and beside it the id of the key. */
export type Sealed = { sealed: Buffer; keyId: string };

/** Encrypts what must not be readable in the database, under a ring of keys: new ones for what is written, old ones for what is there. */
export interface Sealer {
  /** AES-256-GCM under the primary key with a random 96-bit nonce. */
  seal(place: Place, text: string): Sealed;
  /** Throws when the bytes were changed, moved to another place, or their key is not in the ring. */
  open(place: Place, sealed: Sealed): string;
}

const bytesOf = (text: string) => Buffer.from(text, 'base64');
const isKey = (text: string) => bytesOf(text).length === keyBytes && bytesOf(text).toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
/** 32 random bytes in base64. The message never repeats the value. */
export const SecretKey = z.string().refine(isKey, 'must be 32 bytes in base64');
const KeyRing = z.record(z.string().regex(/^[\w-]{1,40}$/), SecretKey);

/** Parses the JSON of a key ring, key id → key; undefined when it is not one. */
export function keyRingOf(json: string): Record<string, string> | undefined {
  try {
    return KeyRing.parse(JSON.parse(json));
  } catch {
    return undefined; // the parser's message would quote the keys
  }
}

/** A fresh key in base64. */
export const generateSecretKey = (): string => randomBytes(keyBytes).toString('base64');

const boundTo = (place: Place, keyId: string) => Buffer.from(JSON.stringify([place.table, place.column, place.row, keyId]));

/**
 * A sealer over the ring `keys` (JSON) whose new ciphertexts use the key `primary`. `variables` names the two settings in messages.
 * Throws when the primary key is not in the ring.
 */
export function createSealer({ keys, primary, variables }: { keys: string; primary: string; variables: { keys: string; primary: string } }): Sealer {
  const ring = new Map(Object.entries(keyRingOf(keys) ?? {}).map(([id, key]) => [id, bytesOf(key)]));
  const own = ring.get(primary);
  if (!own) throw new Error(`${variables.primary} names '${primary}', which is not in ${variables.keys}.`);
  return {
    seal(place, content) {
      const { nonce, text, tag } = sealBytes(own, boundTo(place, primary), Buffer.from(content, 'utf8'));
      return { sealed: Buffer.concat([nonce, text, tag]), keyId: primary };
    },
    open(place, { sealed, keyId }) {
      const key = ring.get(keyId);
      if (!key) throw new Error(`The key '${keyId}' of ${place.table}.${place.column} is not in ${variables.keys}.`);
      if (sealed.length < nonceBytes + tagBytes) throw new Error(`${place.table}.${place.column} of ${place.row} is too short to be a ciphertext.`);
      const parts = { nonce: sealed.subarray(0, nonceBytes), text: sealed.subarray(nonceBytes, -tagBytes), tag: sealed.subarray(-tagBytes) };
      return openBytes(key, boundTo(place, keyId), parts).toString('utf8');
    },
  };
}
