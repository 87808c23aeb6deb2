import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who must be told when the process goes away: streams never end by themselves. */
const enders = new WeakMap<ServerResponse, () => void>();

/** Ends this answer when the server drains. */
export const onDrain = (res: ServerResponse, end: () => void): void => void enders.set(res, end);

const isStream = (res: ServerResponse) => String(res.getHeader('content-type') ?? '').startsWith('text/event-stream');

/** Counts what is under way on a server, and ends it without losing any of it. */
export function drainOf(server: Server) {
  const underWay = new Set<ServerResponse>();
  let draining = false;

  const endStreams = () => {
    for (const res of underWay) {
      const end = enders.get(res);
      if (end) end();
      else if (isStream(res)) res.destroy(); // a forwarded stream: only its source could end it properly
    }
  };
  return {
    get draining(): boolean {
      return draining;
    },
    get underWay(): number {
      return underWay.size;
    },
    /** For every request, before anything else. */
    enter(_req: IncomingMessage, res: ServerResponse): void {
      underWay.add(res);
      res.once('close', () => underWay.delete(res));
      if (draining) res.setHeader('connection', 'close');
    },
    /**
     * No new connections; streams end; requests under way, and those that arrive on open connections meanwhile, are answered with
     * `connection: close` for at most `drainMs`. Idle connections are closed after `idleGraceMs`, so that a request that
     * is on its way when the process is told to stop is answered, not reset.
     */
    async close({ drainMs, idleGraceMs }: { drainMs: number; idleGraceMs: number }): Promise<void> {
      if (draining || !server.listening) return;
      draining = true;
      const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));
      // http.Server.close would cut idle connections at once; net.Server.close only stops accepting.
      NetServer.prototype.close.call(server);
      endStreams();
      const start = performance.now();
      while (performance.now() - start < drainMs) {
        if (performance.now() - start >= idleGraceMs) server.closeIdleConnections();
        if (await Promise.race([closed.then(() => true), sleep(20, false)])) break;
        endStreams(); // one may have been opened on a connection that was there already
      }
      server.closeAllConnections();
      await closed;
      server.close(); // stops its timer; it is closed already
    },
  };
}
