import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ephemeral range (32768–60999 on Linux), where outgoing connections would take a port between the check and its use. */
const lowest = 20_000;
const highest = 29_999;

/** Can this port be bound on 127.0.0.1 now? */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A random port from 20000 to 29999 that can be bound on 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${lowest} and ${highest}`);
}
