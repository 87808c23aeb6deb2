import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does with what passes. */
export type Weather = {
  /** Each piece arrives this much later, in milliseconds. */
  delayMs?: number;
  /** Bytes per second each way. */
  bytesPerSecond?: number;
  /** 'requests' or 'replies' vanish; the connections stay open. */
  swallow?: 'requests' | 'replies' | 'both';
  /** Connections are refused, open ones are cut. */
  cut?: boolean;
};

/** A TCP proxy that can have bad weather. */
export interface TcpProxy {
  name: string;
  port: number;
  /** Where it leads to; may be set after it was opened. */
  leadTo(port: number): void;
  set(weather: Weather): void;
  /** The next `times` replies to requests that match are lost after the request was carried out, and the connection with them. */
  loseReplies(times: number, to?: (request: Buffer) => boolean): void;
  /** Replies lost so far. */
  readonly lost: number;
  /** Cuts every open connection, once. */
  cutAll(): void;
  close(): Promise<void>;
}

type Pair = { client: Socket; server: Socket };

/** Opens a proxy on a free port of 127.0.0.1. */
export async function openProxy(name: string): Promise<TcpProxy> {
  let target = 0;
  let weather: Weather = {};
  let losing: { times: number; to: (request: Buffer) => boolean } | undefined;
  let lost = 0;
  const pairs = new Set<Pair>();
  const cutAll = () => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  const listener: Server = createServer({ pauseOnConnect: true }, (client) => {
    if (weather.cut) return void client.destroy();
    const pair = { client, server: connect(target, '127.0.0.1') };
    pairs.add(pair);
    let deaf = false;
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      pair.server.destroy();
    };
    for (const socket of [client, pair.server]) socket.setNoDelay(true).on('error', end).on('close', end);
    carry(client, pair.server, () => weather, {
      vanishes: () => weather.swallow === 'requests' || weather.swallow === 'both',
      onChunk: (chunk) => {
        if (!losing || deaf || !losing.to(chunk)) return;
        losing.times -= 1;
        if (losing.times <= 0) losing = undefined;
        lost += 1;
        deaf = true;
        setTimeout(end, 150); // long enough for the request to be carried out
      },
    });
    carry(pair.server, client, () => weather, { vanishes: () => deaf || weather.swallow === 'replies' || weather.swallow === 'both' });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo; // listening on TCP
  return {
    name,
    port,
    leadTo(to) {
      target = to;
    },
    set(next) {
      weather = next;
      if (next.cut) cutAll();
    },
    loseReplies(times, to = () => true) {
      losing = { times, to };
    },
    get lost() {
      return lost;
    },
    cutAll,
    close: async () => {
      cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Carries bytes one way, in order, through whatever weather there is. */
function carry(from: Socket, to: Socket, weather: () => Weather, how: { vanishes: () => boolean; onChunk?: (chunk: Buffer) => void }): void {
  let last = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    how.onChunk?.(chunk);
    if (how.vanishes()) return;
    const { delayMs = 0, bytesPerSecond } = weather();
    const ms = delayMs + (bytesPerSecond ? (chunk.length / bytesPerSecond) * 1000 : 0);
    if (ms > 0) {
      last = last.then(() => new Promise((resolve) => setTimeout(resolve, ms))).then(() => void to.write(chunk));
    } else last = last.then(() => void to.write(chunk));
  });
  from.resume();
}
