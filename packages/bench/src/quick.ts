import { freePort } from '@boxoffice/testing/ports';
import { startProcess } from '@boxoffice/testing/process';
import { listens, startBaseline } from './baseline/index.ts';
import { postgresCeiling } from './ceilings/postgres.ts';
import { redisCeiling } from './ceilings/redis.ts';
import type { LoadRequest, LoadResult } from './loader/index.ts';
import { type Event, holdsOf, type Product } from './product.ts';
import { median, rounded } from './statistics.ts';
import type { World } from './world.ts';

/** The three ratios that decide. */
export type Quick = { gatewayVsBaseline: number; bookingVsCeiling: number; hotRefusalsVsEcho: number };

/** Takes requests from a list, so that no seat is asked for twice. */
const dealer = (requests: LoadRequest[]) => (count: number) => requests.splice(0, count);

/** Measures them in `rounds`, everything in turn; throws when a database does not hold what was answered. */
export async function quick(
  world: World,
  product: Product,
  { rounds, seconds, say }: { rounds: number; seconds: number; say: (text: string) => void },
): Promise<Quick> {
  const echoPort = await freePort();
  const echo = startProcess({ name: 'echo', script: 'packages/bench/src/ceilings/echo.ts', env: { PORT: String(echoPort) } });
  const [baseline] = await Promise.all([startBaseline(world), listens(echoPort, { echo })]);
  say('making events and customers');
  const began = performance.now();
  const [events, tokens] = await Promise.all([someEvents(product), product.customers(500)]);
  const spare = events.pop() ?? { eventId: '', seatIds: [] };
  const deal = dealer(holdsOf(events, tokens));
  const dealBaseline = dealer(await baseline.holds(40_000, 500));
  say(`made after ${Math.round((performance.now() - began) / 1000)} s`);
  const figures: Record<'gateway' | 'booking' | 'baseline' | 'hot' | 'echo' | 'redis' | 'postgres', number[]> = {
    gateway: [],
    booking: [],
    baseline: [],
    hot: [],
    echo: [],
    redis: [],
    postgres: [],
  };
  const bookingPort = portOf(world.system.urlOf('booking'));
  const run = (port: number, requests: LoadRequest[], options: { again?: boolean; warmUp?: number } = {}): Promise<LoadResult> =>
    world.loader.run({
      port,
      requests,
      again: options.again ?? false,
      connections: 128,
      load: { kind: 'closed' },
      warmUp: options.warmUp ?? 0.5,
      seconds,
    });
  const held = { product: 0, baseline: 0 };
  const taken = holdsOf([{ eventId: events[0]?.eventId ?? '', seatIds: events[0]?.seatIds.slice(0, 1) ?? [] }], tokens.slice(1));
  const hot = tokens.slice(1).map((token) => ({ ...taken[0], path: '/trpc/booking.holdSeats', token }));
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    const warmUp = round === 0 ? 2.5 : 0.5;
    const perRound = Math.floor(seconds + warmUp) * 9_000;
    const gateway = await run(portOf(world.system.url), deal(perRound), { warmUp });
    const old = await run(baseline.port, dealBaseline(Math.floor((seconds + warmUp) * 3_000)), { warmUp });
    const booking = await run(bookingPort, deal(perRound), { warmUp: 0.5 });
    const refused = await run(bookingPort, hot, { again: true });
    const echoed = await run(echoPort, hot, { again: true });
    held.product += gateway.okInAll + booking.okInAll;
    held.baseline += old.okInAll;
    figures.gateway.push(perSecond(gateway));
    figures.baseline.push(perSecond(old));
    figures.booking.push(perSecond(booking));
    figures.hot.push((refused.answers['409 SEAT_ALREADY_HELD'] ?? 0) / refused.seconds);
    figures.echo.push(perSecond(echoed));
    figures.redis.push(await redisCeiling(world.redis.url, seconds / 2));
    figures.postgres.push(await postgresCeiling(world.databaseUrl('booking'), spare, seconds / 2));
    for (const [name, list] of Object.entries(figures)) say(`  ${name}: ${Math.round(list.at(-1) ?? 0)}/s`);
    for (const [name, result] of Object.entries({ gateway, old, booking, refused, echoed }))
      say(`  ${name}: p99 ${result.latency.p99} ms, loader ${rounded(result.cpu / (seconds + warmUp))} cores, ${JSON.stringify(result.answers)}`);
  }
  await expectRows('the product', held.product, await product.rows(events.map(({ eventId }) => eventId)));
  await expectRows('the baseline', held.baseline, await baseline.rows());
  await baseline.stop();
  await echo.kill();
  const of = (name: keyof typeof figures) => median(figures[name]);
  return {
    gatewayVsBaseline: rounded(of('gateway') / of('baseline')),
    bookingVsCeiling: rounded(of('booking') / Math.min(of('echo'), of('redis'), of('postgres'))),
    hotRefusalsVsEcho: rounded(of('hot') / of('echo')),
  };
}

const perSecond = (result: LoadResult) => result.ok / result.seconds;
export const portOf = (url: string): number => Number(new URL(url).port);

async function someEvents(product: Product): Promise<Event[]> {
  const events: Event[] = [];
  for (let made = 0; made < 3; made++) events.push(await product.event(45_000));
  return [...events, await product.event(60_000)];
}

/** Answers of 2xx and rows must be as many, and no seat may be two people's. */
export async function expectRows(whose: string, answered: number, { held, twice }: { held: number; twice: number }): Promise<void> {
  if (twice > 0) throw new Error(`${whose}: ${twice} seats are held twice`);
  if (held !== answered) throw new Error(`${whose}: ${answered} holds were answered with 2xx, ${held} are in the database`);
}
