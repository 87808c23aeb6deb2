import type { IncomingMessage, ServerResponse } from 'node:http';
import { TRPCError } from '@trpc/server';

const tooLarge = (maxBytes: number) => new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: `The body may have at most ${maxBytes} bytes.` });

/** The whole body. Refuses with PAYLOAD_TOO_LARGE as soon as it is known to be longer than `maxBytes`, and keeps no more than that. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      req.off('data', onData);
      req.pause();
      reject(tooLarge(maxBytes));
    };
    req.on('data', onData);
    req.once('end', () => resolve(Buffer.concat(chunks)));
    // Comes after every request: an error that nobody gets would still collect its stack, a twentieth of what forwarding a hold costs.
    req.once('close', () => {
      if (!req.complete) reject(new TRPCError({ code: 'CLIENT_CLOSED_REQUEST', message: 'The body did not arrive whole.' }));
    });
    req.once('error', (cause) => reject(new TRPCError({ code: 'CLIENT_CLOSED_REQUEST', message: 'The body did not arrive whole.', cause })));
  });
}

const lingerBytes = 32 * 1024 * 1024;
const lingerMs = 10_000;

/**
 * For an answer that is given before the body was read: takes in what still comes, so that the sender gets to read the answer instead of a
 * reset connection, but no more than 32 MB or 10 s of it.
 */
export function discardBody(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete || req.destroyed) return;
  res.setHeader('connection', 'close');
  let size = 0;
  const giveUp = () => req.destroy();
  const timer = setTimeout(giveUp, lingerMs).unref();
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > lingerBytes) giveUp();
  });
  req.once('close', () => clearTimeout(timer));
  req.on('error', () => {});
  req.resume();
}
