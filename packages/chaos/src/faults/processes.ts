import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@boxoffice/testing/ports';
import type { ServiceProcess } from '@boxoffice/testing/system';
import { services, type World } from '../world.ts';
import type { Fault } from './types.ts';

/** Starts a service again, as often as it takes: its database may be away as well. */
export async function startAgain(world: World, service: ServiceProcess, env: Record<string, string> = {}): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const up = await world.system.start(service, env).then(
      () => true,
      () => false,
    );
    if (up) return;
    await world.system.processes[service].kill();
  }
  throw new Error(`${service} does not start any more; see its log in ${world.folder}/logs`);
}

/** kill -9 one of these services. */
export const killOneOf = (some: readonly ServiceProcess[], name: string): Fault => ({
  class: 'F1',
  name,
  seen: 'unknown answers; the same key tells later what happened',
  lasts: [0, 2_000],
  async begin(world, chance) {
    const service = chance.oneOf(some);
    await world.system.processes[service].kill();
    return { on: service, end: () => startAgain(world, service) };
  },
});

/** One more process of booking, and where it answers. */
async function oneMore({ system }: World) {
  const [http, grpc] = [await freePort(), await freePort()];
  return { http, grpc, process: await system.replica('booking', { PORT: String(http), GRPC_PORT: String(grpc) }) };
}

/** Faults of our own processes. */
export const processFaults: Fault[] = [
  killOneOf(services, 'kill -9 a service'),
  {
    class: 'F2',
    name: 'stop a service for longer than a hold lasts',
    seen: 'timeouts; holds lapse meanwhile, nobody pays for one that did',
    lasts: [9_000, 10_000],
    async begin(world, chance) {
      const service = chance.oneOf(['booking', 'payment', 'ticketing'] as const);
      const stopped = world.system.processes[service];
      stopped.signal('SIGSTOP');
      return { on: service, end: async () => stopped.signal('SIGCONT') };
    },
  },
  {
    class: 'F13',
    name: 'a clock ten minutes wrong',
    seen: 'tokens refused as too old or from the future; expiry stays true, it is the database that counts',
    lasts: [2_000, 5_000],
    async begin(world, chance) {
      const service = chance.oneOf(['booking', 'payment', 'ticketing'] as const);
      const ms = chance.oneOf([-600_000, 600_000]);
      const preload = new URL('./skewed-clock.ts', import.meta.url).href;
      await world.system.processes[service].stop();
      await startAgain(world, service, { NODE_OPTIONS: `--import=${preload}`, CLOCK_SKEW_MS: String(ms) });
      return {
        on: `${service} by ${ms / 60_000} min`,
        end: async () => {
          await world.system.processes[service].stop();
          await startAgain(world, service);
        },
      };
    },
  },
  {
    class: 'F16',
    name: 'rebalance storm: consumers come and go',
    seen: 'tickets and mails late, none twice',
    lasts: [0, 1_000],
    async begin(world, chance) {
      const service = chance.oneOf(['ticketing', 'notification-analytics'] as const);
      const more = await Promise.all([world.system.replica(service), world.system.replica(service)].map((started) => started.catch(() => undefined)));
      return {
        on: `two more of ${service}`,
        end: async () => void (await Promise.all(more.map((process) => (chance.is(0.5) ? process?.kill() : process?.stop())))),
      };
    },
  },
  {
    class: 'F18',
    name: 'rolling restart',
    seen: 'short unavailability of one service after the other, nothing lost',
    lasts: [0, 0],
    async begin(world, chance) {
      const some = services.filter(() => chance.is(0.5));
      for (const service of some) {
        await world.system.processes[service].stop();
        await startAgain(world, service);
      }
      return { on: some.join(', ') || 'none', end: async () => {} };
    },
  },
  {
    class: 'F18',
    name: 'scale booking to five and back',
    seen: 'a few unknown answers when connections move to the new ones',
    lasts: [1_000, 4_000],
    async begin(world) {
      const more = (await Promise.allSettled([1, 2, 3, 4].map(() => oneMore(world)))).flatMap((made) =>
        made.status === 'fulfilled' ? made.value : [],
      );
      const lead = (some: readonly { http: number; grpc: number }[]) => {
        world.proxies.get('booking http')?.leadTo(...some.map(({ http }) => http));
        world.proxies.get('booking grpc')?.leadTo(...some.map(({ grpc }) => grpc));
      };
      const first = { http: Number(new URL(world.system.urlOf('booking')).port), grpc: world.system.grpcPort };
      lead([first, ...more]);
      for (const way of ['booking http', 'booking grpc']) world.proxies.get(way)?.cutAll();
      return {
        on: `${more.length} more`,
        end: async () => {
          lead([first]);
          await Promise.all(more.map(({ process }) => process.stop())); // in order: what they have begun they end
        },
      };
    },
  },
  {
    class: 'F19',
    name: 'stalls of the event loop',
    seen: 'slow answers',
    lasts: [0, 0],
    async begin(world, chance) {
      const service = chance.oneOf(services);
      for (let stall = 0; stall < 8; stall++) {
        const stalled = world.system.processes[service];
        stalled.signal('SIGSTOP');
        await pause(chance.between(50, 400));
        stalled.signal('SIGCONT');
        await pause(chance.between(50, 200));
      }
      return { on: service, end: async () => {} };
    },
  },
];
