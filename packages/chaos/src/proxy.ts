import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does with what passes. */
export type Weather = {
  /** Each piece arrives this much later, in milliseconds. */
  delayMs?: number;
  /** Bytes per second each way. */
  bytesPerSecond?: number;
  /** Each so-many-th piece is lost and sent again, as TCP does: it and everything behind it come 200 ms later. */
  losesEvery?: number;
  /** 'requests' or 'replies' vanish; the connections stay open. */
  swallow?: 'requests' | 'replies' | 'both';
  /** Connections are refused, open ones are cut. */
  cut?: boolean;
};

/** A TCP proxy that can have bad weather. */
export interface TcpProxy {
  name: string;
  port: number;
  /** Where it leads to, each new connection to the next of them; may be set after it was opened. */
  leadTo(...ports: number[]): void;
  set(weather: Weather): void;
  /** The next `times` replies to requests that match are lost after the request was carried out, and the connection with them. */
  loseReplies(times: number, to?: (request: Buffer) => boolean): void;
  /** The next request that matches never arrives: `then` is told, and its connection is cut. Without arguments none is waited for any more. */
  holdUp(request?: (request: Buffer) => boolean, then?: () => void): void;
  /** Replies lost so far. */
  readonly lost: number;
  /** Cuts every open connection, once. */
  cutAll(): void;
  close(): Promise<void>;
}

type Pair = { client: Socket; server: Socket };

type State = {
  targets: number[];
  weather: Weather;
  waitingFor: { request: (request: Buffer) => boolean; then: () => void } | undefined;
  losing: { times: number; to: (request: Buffer) => boolean } | undefined;
  lost: number;
  pairs: Set<Pair>;
};

/** Opens a proxy on a free port of 127.0.0.1. */
export async function openProxy(name: string): Promise<TcpProxy> {
  const state: State = { targets: [0], weather: {}, waitingFor: undefined, losing: undefined, lost: 0, pairs: new Set() };
  const cutAll = () => {
    for (const { client, server } of state.pairs) {
      client.destroy();
      server.destroy();
    }
  };
  const listener: Server = createServer({ pauseOnConnect: true }, (client) => join(client, state));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo; // listening on TCP
  return {
    name,
    port,
    leadTo(...to) {
      state.targets = to;
    },
    set(next) {
      state.weather = next;
      if (next.cut) cutAll();
    },
    loseReplies(times, to = () => true) {
      state.losing = { times, to };
    },
    holdUp(request, then = () => {}) {
      state.waitingFor = request && { request, then };
    },
    get lost() {
      return state.lost;
    },
    cutAll,
    close: async () => {
      cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Connects somebody who came with where the proxy leads. */
function join(client: Socket, state: State): void {
  if (state.weather.cut) return void client.destroy();
  const [next = 0, ...others] = state.targets;
  state.targets = [...others, next];
  const pair = { client, server: connect(next, '127.0.0.1') };
  state.pairs.add(pair);
  let deaf = false;
  let mute = false;
  const end = () => {
    state.pairs.delete(pair);
    client.destroy();
    pair.server.destroy();
  };
  for (const socket of [client, pair.server]) socket.setNoDelay(true).on('error', end).on('close', end);
  const swallows = (what: 'requests' | 'replies') => state.weather.swallow === what || state.weather.swallow === 'both';
  carry(client, pair.server, () => state.weather, {
    vanishes: () => mute || swallows('requests'),
    onChunk: (chunk) => {
      if (state.waitingFor?.request(chunk)) {
        const { then } = state.waitingFor;
        state.waitingFor = undefined;
        mute = true;
        then();
        return end();
      }
      if (!state.losing || deaf || !state.losing.to(chunk)) return;
      state.losing.times -= 1;
      if (state.losing.times <= 0) state.losing = undefined;
      state.lost += 1;
      deaf = true;
      setTimeout(end, 150); // long enough for the request to be carried out
    },
  });
  carry(pair.server, client, () => state.weather, { vanishes: () => deaf || swallows('replies') });
}

/** The least that Linux waits for an acknowledgement. */
const sentAgainAfterMs = 200;

/** Carries bytes one way, in order, through whatever weather there is. */
function carry(from: Socket, to: Socket, weather: () => Weather, how: { vanishes: () => boolean; onChunk?: (chunk: Buffer) => void }): void {
  let last = Promise.resolve();
  let pieces = 0;
  from.on('data', (chunk: Buffer) => {
    how.onChunk?.(chunk);
    if (how.vanishes()) return;
    const { delayMs = 0, bytesPerSecond, losesEvery } = weather();
    const isLost = losesEvery !== undefined && ++pieces % losesEvery === 0;
    const ms = delayMs + (bytesPerSecond ? (chunk.length / bytesPerSecond) * 1000 : 0) + (isLost ? sentAgainAfterMs : 0);
    if (ms > 0) {
      last = last.then(() => new Promise((resolve) => setTimeout(resolve, ms))).then(() => void to.write(chunk));
    } else last = last.then(() => void to.write(chunk));
  });
  from.resume();
}
