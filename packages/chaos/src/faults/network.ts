import { connect } from 'node:net';
import type { Chance } from '@boxoffice/testing/chance';
import type { TcpProxy, Weather } from '../proxy.ts';
import type { World } from '../world.ts';
import type { Fault } from './types.ts';

const anyWay = (world: World, chance: Chance): TcpProxy => {
  const ways = [...world.proxies.values()];
  return chance.oneOf([...ways, ...ways.filter(({ name }) => /booking|payment|redis/.test(name))]); // where money and seats go, twice as often
};

const weather = (fault: Omit<Fault, 'begin'>, of: (chance: Chance) => Weather): Fault => ({
  ...fault,
  async begin(world, chance) {
    const proxy = anyWay(world, chance);
    const now = of(chance);
    proxy.set(now);
    return {
      on: `${proxy.name} ${JSON.stringify(now)}`,
      end: async () => {
        proxy.set({});
        if (now.swallow) proxy.cutAll(); // bytes are missing: nobody can go on with such a connection
      },
    };
  },
});

/** Does this piece of Postgres' protocol end a transaction? */
export const isCommit = (request: Buffer) => request.subarray(0, 200).toString('latin1').toLowerCase().includes('commit');

/** Faults of the ways between processes. */
export const networkFaults: Fault[] = [
  weather({ class: 'F3', name: 'a way is cut', seen: 'what is behind it is away: 503, or the other way is taken', lasts: [500, 4_000] }, () => ({
    cut: true,
  })),
  weather({ class: 'F3', name: 'one-way partition', seen: 'timeouts; what was carried out is found by its key', lasts: [500, 4_000] }, (chance) => ({
    swallow: chance.oneOf(['requests', 'replies'] as const),
  })),
  weather({ class: 'F3', name: 'half-open connections', seen: 'timeouts', lasts: [500, 4_000] }, () => ({ swallow: 'both' })),
  weather({ class: 'F4', name: 'latency', seen: 'slow answers', lasts: [1_000, 4_000] }, (chance) => ({ delayMs: chance.between(20, 250) })),
  weather({ class: 'F4', name: 'narrow bandwidth', seen: 'slow answers', lasts: [1_000, 4_000] }, (chance) => ({
    bytesPerSecond: chance.between(20_000, 200_000),
  })),
  weather({ class: 'F4', name: 'loss', seen: 'slow answers', lasts: [1_000, 4_000] }, (chance) => ({ losesEvery: chance.between(3, 20) })),
  {
    class: 'F5',
    name: 'replies lost after the request was carried out',
    seen: 'unknown answers; a repetition finds what was done',
    lasts: [500, 2_000],
    async begin(world, chance) {
      const proxy = anyWay(world, chance);
      const times = chance.between(1, 6);
      proxy.loseReplies(times);
      return { on: `${proxy.name}, ${times} times`, end: async () => proxy.loseReplies(0, () => false) };
    },
  },
  {
    class: 'F10',
    name: 'acknowledgements of COMMIT lost',
    seen: 'unknown answers; the reconciler goes on from what was written',
    lasts: [500, 2_000],
    async begin(world, chance) {
      const proxy = world.proxies.get(`postgres of ${chance.oneOf(['payment', 'payment', 'booking', 'ticketing'])}`);
      const times = chance.between(1, 5);
      proxy?.loseReplies(times, isCommit);
      return { on: `${proxy?.name}, ${times} times`, end: async () => proxy?.loseReplies(0, () => false) };
    },
  },
  {
    class: 'F20',
    name: 'everybody reconnects at once',
    seen: 'slow answers',
    lasts: [0, 500],
    async begin(world) {
      const port = Number(new URL(world.system.url).port);
      world.proxies.get('booking http')?.cutAll();
      const sockets = Array.from({ length: 1_000 }, () => connect(port, '127.0.0.1').on('error', () => {}));
      for (const socket of sockets) socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
      return { on: '1,000 connections', end: async () => sockets.forEach((socket) => void socket.destroy()) };
    },
  },
];
