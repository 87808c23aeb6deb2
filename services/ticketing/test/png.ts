import { inflateSync } from 'node:zlib';

/** The pixels of an 8-bit PNG without interlace, one grey value each: what a camera would see, read by other code than drew it. */
export function pixelsOf(png: Buffer): { width: number; height: number; at(x: number, y: number): number } {
  if (png.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('not a PNG');
  const header = png.subarray(16);
  const [width, height, depth, colour, interlace] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9] ?? 0, header[12]];
  const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[colour];
  if (depth !== 8 || interlace !== 0 || channels === undefined) throw new Error('a PNG of another kind');
  const lines = unfiltered(inflateSync(Buffer.concat(chunksOf(png, 'IDAT'))), height, { stride: width * channels, channels });
  return { width, height, at: (x, y) => lines[y]?.[x * channels] ?? Number.NaN };
}

function chunksOf(png: Buffer, kind: string): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === kind) chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return chunks;
}

/** PNG specification, section 9: each line may be told as differences to its neighbours. */
function unfiltered(raw: Buffer, height: number, { stride, channels }: { stride: number; channels: number }): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    const above = lines[y - 1] ?? new Uint8Array(stride);
    const line = Uint8Array.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let x = 0; x < stride; x++) {
      const [left, up, corner] = [line[x - channels] ?? 0, above[x] ?? 0, above[x - channels] ?? 0];
      line[x] = (line[x] ?? 0) + ([0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0);
    }
    lines.push(line);
  }
  return lines;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
