import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installByGo } from './engines/go.ts';
import { freePort } from './engines/port.ts';
import { startServer } from './engines/process.ts';

/** Its OpenAPI description is of the same API as our pinned version. */
const version = '0.203.0';

/**
 * Stripe's own mock of its API: stateless, but it refuses what Stripe's API description does not have, and answers in its shapes. Installed with Go at the
 * first use (minutes), then kept in the cache folder. Undefined without Go.
 */
export const prepareStripeMock = (): Promise<string | undefined> => installByGo('github.com/stripe/stripe-mock', version);

/** Starts it on 127.0.0.1 at a port of its own. */
export async function startStripeMock(binary: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-stripe-mock-'));
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer([binary, '-http-addr', `127.0.0.1:${port}`], {
    logFile: join(folder, 'stripe-mock.log'),
    withinMs: 60_000,
    ready: async () => (await fetch(url)).status > 0,
  });
  return {
    url,
    async stop() {
      await server.end(2_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
