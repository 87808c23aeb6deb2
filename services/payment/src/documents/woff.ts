import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

const inflated = promisify(inflate);
const entryBytes = 16;
const woffEntryBytes = 20;

/** A font as TrueType or OpenType file out of its WOFF (W3C Recommendation WOFF 1.0, sections 3 to 5); inflated beside the event loop. */
export async function sfntOf(woff: Buffer): Promise<Buffer> {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('Not a WOFF file.');
  const count = woff.readUInt16BE(12);
  const header = Buffer.alloc(12 + count * entryBytes);
  woff.copy(header, 0, 4, 8); // flavour
  const power = Math.floor(Math.log2(count));
  header.writeUInt16BE(count, 4);
  header.writeUInt16BE(2 ** power * entryBytes, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE((count - 2 ** power) * entryBytes, 10);
  const tables = await Promise.all(Array.from({ length: count }, (_, index) => tableOf(woff, 44 + index * woffEntryBytes)));
  let offset = header.length;
  for (const [index, { tag, checksum, content }] of tables.entries()) {
    const at = 12 + index * entryBytes;
    header.set(tag, at);
    header.writeUInt32BE(checksum, at + 4);
    header.writeUInt32BE(offset, at + 8);
    header.writeUInt32BE(content.length, at + 12);
    offset += padded(content.length);
  }
  return Buffer.concat([header, ...tables.flatMap(({ content }) => [content, Buffer.alloc(padded(content.length) - content.length)])]);
}

async function tableOf(woff: Buffer, entry: number) {
  const offset = woff.readUInt32BE(entry + 4);
  const packed = woff.subarray(offset, offset + woff.readUInt32BE(entry + 8));
  const length = woff.readUInt32BE(entry + 12);
  const content = packed.length < length ? await inflated(packed) : packed;
  return { tag: woff.subarray(entry, entry + 4), checksum: woff.readUInt32BE(entry + 16), content };
}

/** Tables start at multiples of four. */
const padded = (length: number): number => Math.ceil(length / 4) * 4;
