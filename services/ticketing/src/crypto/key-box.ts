import { openBytes, sealBytes } from '@boxoffice/service-kit';

const nonceBytes = 12;
const tagBytes = 16;

/** Closes private keys with AES-256-GCM. A box opens only with its secret (32 bytes) and under the name it was closed under. */
export function closeBox(secret: Buffer, name: string, content: Buffer): Buffer {
  const { nonce, text, tag } = sealBytes(secret, Buffer.from(name), content);
  return Buffer.concat([nonce, tag, text]); // this order since the first ticket
}

/** The content of a box; throws when the secret or the name is not the one it was closed with. */
export function openBox(secret: Buffer, name: string, box: Buffer): Buffer {
  const tagEnd = nonceBytes + tagBytes;
  return openBytes(secret, Buffer.from(name), {
    nonce: box.subarray(0, nonceBytes),
    tag: box.subarray(nonceBytes, tagEnd),
    text: box.subarray(tagEnd),
  });
}
