import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnderWay } from './under-way.ts';

/** Who must be told when the process goes away: streams never end by themselves. */
const enders = new WeakMap<ServerResponse, () => void>();

/** Ends this answer when the server drains. */
export const onDrain = (res: ServerResponse, end: () => void): void => void enders.set(res, end);

const isStream = (res: ServerResponse) => String(res.getHeader('content-type') ?? '').startsWith('text/event-stream');

/** Ends an answer that would not end by itself. */
function endStream(res: ServerResponse): void {
  const end = enders.get(res);
  if (end) end();
  else if (isStream(res)) res.destroy(); // a forwarded stream: only its source could end it properly
}

/** Knows which connections have asked for nothing yet (clients open some in advance): closeIdleConnections leaves those alone. */
function connectionsOf(server: Server) {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  return {
    used: (socket: Socket) => void unused.delete(socket),
    closeIdle: () => {
      server.closeIdleConnections();
      for (const socket of unused) socket.destroy();
    },
  };
}

/** Else the client would send its next request on a connection that is about to be closed. */
function sayGoodbye(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('connection', 'close');
}

/** Counts what is under way on a server, and ends it without losing any of it. */
export function drainOf(server: Server) {
  const underWay = new UnderWay<ServerResponse>();
  const connections = connectionsOf(server);
  let draining = false;

  const endStreams = () => underWay.forEach(endStream);
  return {
    get draining(): boolean {
      return draining;
    },
    get underWay(): number {
      return underWay.size;
    },
    /** For every request, before anything else; `left` is called when it is over. One listener for all: each costs as much as a header. */
    enter(req: IncomingMessage, res: ServerResponse, left?: () => void): void {
      connections.used(req.socket);
      const leave = underWay.add(res);
      // Comes once; once() would cost a wrapper and its removal.
      res.on('close', () => {
        leave();
        left?.();
      });
      if (draining) sayGoodbye(res);
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
      underWay.forEach(sayGoodbye);
      endStreams();
      const start = performance.now();
      while (performance.now() - start < drainMs) {
        if (performance.now() - start >= idleGraceMs) connections.closeIdle();
        if (await Promise.race([closed.then(() => true), sleep(20, false)])) break;
        endStreams(); // one may have been opened on a connection that was there already
      }
      server.closeAllConnections();
      await closed;
      server.close(); // stops its timer; it is closed already
    },
  };
}
