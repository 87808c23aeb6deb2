import { hash, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytesOfAnId = 16;
const pool = new Uint8Array(256 * bytesOfAnId);
let used = pool.length;
/** Fresh random bytes, fetched for 256 ids at a time: asking the system for each would be a fiftieth of a hold. */
function randomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytesOfAnId;
  return pool.subarray(used - bytesOfAnId, used);
}

let msecs = 0;
let seq = 0;
/** A new id: UUID version 7; of one process, ids made later sort later, also within a millisecond. */
export function newId(): string {
  const random = randomBytes();
  const now = Date.now();
  // A new millisecond begins at a random place of the lower half, so that counting on cannot overflow.
  seq = now > msecs ? new DataView(random.buffer, random.byteOffset).getUint32(6) >>> 1 : seq + 1;
  msecs = Math.max(now, msecs);
  return v7({ random, msecs, seq });
}

const scratch = Buffer.allocUnsafe(1024);
/**
 * The id that this name has in this namespace (a UUID): the same every time. UUID version 5 (RFC 9562, 5.5). By hand, because every hold makes one:
 * the library takes 2.9 µs, half of it for reading the namespace.
 */
export function derivedId(namespace: string, name: string): string {
  const named = name.length * 3 <= scratch.length - bytesOfAnId ? scratch : Buffer.allocUnsafe(bytesOfAnId + name.length * 3); // UTF-8 has 3 bytes at most
  if (named.write(namespace.replaceAll('-', ''), 'hex') !== bytesOfAnId) throw new TypeError('The namespace is not a UUID.');
  const digest = hash('sha1', named.subarray(0, bytesOfAnId + named.write(name, bytesOfAnId)), 'hex');
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
