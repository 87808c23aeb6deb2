import type { Latency, LoadRequest, LoadResult } from './loader/index.ts';
import { type Event, holdsOf, type Product } from './product.ts';
import { portOf, type World } from './world.ts';

/** 256, for every lane: with 128 a closed loop is exactly two batches, which wait for each other in lock step (42 holds a batch instead of 62). */
export const closed = { load: { kind: 'closed' as const }, connections: 256, again: false };
/** What a closed loop of holds is dealt for. */
export const mostPerSecond = 18_000;

/** Seats that nobody wanted yet, and the book of what was answered for them. */
export interface Supply {
  /** Of everybody who buys from it. */
  tokens: readonly string[];
  /** The next holds, no seat twice; fewer when the seats run out. */
  deal(count: number): LoadRequest[];
  /** Notes what became of them: how many were sent, the rest can be dealt again, and how many were answered with 2xx. */
  answered(load: LoadResult): void;
  /** Throws unless the database has exactly the holds that were answered, and no seat twice. */
  check(): Promise<void>;
}

/** Events that together have at least so many seats, for customers who take up to eight each. */
export async function seatSupply(product: Product, tokensOf: (count: number) => Promise<string[]>, seats: number): Promise<Supply> {
  const perEvent = 45_000;
  const events: Event[] = [];
  for (let made = 0; made < seats; made += perEvent) events.push(await product.event(perEvent));
  const tokens = await tokensOf(Math.ceil(perEvent / 7));
  const requests = holdsOf(events, tokens);
  let answered = 0;
  let dealt = 0;
  return {
    tokens,
    deal(count) {
      return requests.slice(dealt, dealt + count);
    },
    answered({ sent, okInAll }) {
      dealt += sent;
      answered += okInAll;
    },
    check: async () => expectRows('the product', answered, await product.rows(events.map(({ eventId }) => eventId))),
  };
}

/** Answers of 2xx and rows must be as many, and no seat may be two people's. */
export function expectRows(whose: string, answered: number, { held, twice }: { held: number; twice: number }): void {
  if (twice > 0) throw new Error(`${whose}: ${twice} seats are held twice`);
  if (held !== answered) throw new Error(`${whose}: ${answered} holds were answered with 2xx, ${held} are in the database`);
}

/** Holds a seat; answers the request that everybody else is refused now. */
export async function takenSeat(world: World, supply: Supply): Promise<LoadRequest> {
  const [first] = supply.deal(1);
  if (!first) throw new Error('no seats');
  const port = portOf(world.system.urlOf('booking'));
  const held = await world.loader.run({ ...closed, port, requests: [first], connections: 1, warmUp: 0, seconds: 0.5 });
  supply.answered(held);
  return first;
}

/** Every customer has looked at the event before the sale begins: tokens are known, code is compiled. Refused calls, so nothing is measured or kept. */
export async function warmUp({ loader, system }: World, tokens: readonly string[], taken: LoadRequest): Promise<Latency> {
  const requests = tokens.map((token) => ({ ...taken, token }));
  const { latency } = await loader.run({ ...closed, port: portOf(system.url), requests, warmUp: 0, seconds: 10 });
  return latency;
}
