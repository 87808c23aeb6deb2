import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { limitOf, type Seen, watched } from '../limits.ts';
import type { LoadRequest, OrderResult, OrderSpec } from '../loader/index.ts';
import { holdsOf } from '../product.ts';
import { type Finding, ms, perSecond } from '../report.ts';
import { eyesOf, type Scenario, type Stage } from '../stage.ts';
import { median, spread } from '../statistics.ts';
import { portOf } from '../world.ts';

const card = '4242424242424242';
/** Nobody orders twice; for a machine that pays 1,200 a second. */
const ordersFor = ({ rounds, seconds }: Stage): number => Math.min(100_000, Math.ceil((8 + (rounds + 1) * (2 * seconds + 1)) * 1_200));

/** From the hold to the ticket in the customer's hand, through the gateway: hold, create a payment, pay, and a ticket row for each payment. */
export const pay: Scenario = {
  name: 'pay',
  about: 'orders from hold to ticket through the gateway: closed loop until every ticket is there, then open at 50 %',
  async run(stage) {
    const { product, world, seconds } = stage;
    const orders = ordersFor(stage);
    const event = await product.event(orders);
    const tokens = await world.customers.tokens(Math.ceil(orders / 5));
    const holds = holdsOf([event], tokens);
    const books = await booksOf(stage);
    try {
      const loops = await closedLoops(stage, books, holds);
      const perSecond = median(loops.map((loop) => loop.perSecond));
      const load = { kind: 'open' as const, perSecond: perSecond / 2 };
      const half = await ordered(stage, books, { holds, load, connections: 256, warmUp: 1, seconds: seconds * 2 });
      await checkBooks(stage, books, { eventId: event.eventId, paid: [...loops, half].reduce((sum, { paidInAll }) => sum + paidInAll, 0) });
      return findings({ loops, perSecond }, half);
    } finally {
      await books.close();
    }
  },
};

/** Processes that have never sold anything compile while they sell: their first 8 s are not measured. */
async function closedLoops(stage: Stage, books: Books, holds: LoadRequest[]): Promise<Ordered[]> {
  const { rounds, seconds, say } = stage;
  const loops: Ordered[] = [];
  for (let round = 0; round < rounds; round++) {
    const warmUp = round === 0 ? 8 : 1;
    const loop = await ordered(stage, books, { holds, load: { kind: 'closed' }, connections: 128, warmUp, seconds: seconds * 2 });
    say(`pay: ${Math.round(loop.perSecond)} orders/s, ${loop.paid} paid and ticketed, ${JSON.stringify(loop.answers)}`);
    loops.push(loop);
  }
  return loops;
}

/** The loop in the middle stands for all. */
function findings({ loops, perSecond: figure }: { loops: readonly Ordered[]; perSecond: number }, half: Ordered): Finding[] {
  const speeds = loops.map((loop) => loop.perSecond);
  const closed = loops.toSorted((a, b) => a.perSecond - b.perSecond)[(loops.length - 1) >> 1] as Ordered; // there is one
  return [
    {
      measure: 'hold → pay → ticket, orders/s',
      product: `${perSecond(figure, spread(speeds))}, order p99 ${ms(closed.latency.p99)}`,
      beside: `last ticket ${ms(closed.ticketsAfterMs)} after the last payment`,
      ratio: undefined,
      judged: { figure, target: { must: 300, goal: 1_000, better: 'more' } },
      limit: limitOf(closed.seen),
    },
    {
      measure: 'hold → pay → ticket at 50 % of own ceiling',
      product: `p50 ${ms(half.latency.p50)}, p99 ${ms(half.latency.p99)}`,
      beside: `last ticket ${ms(half.ticketsAfterMs)} after the last payment`,
      ratio: undefined,
      limit: limitOf(half.seen),
    },
  ];
}

type Ordered = OrderResult & { perSecond: number; ticketsAfterMs: number; seen: Seen };

/** Orders from the front of `holds`, which are used up, until the time is over, and waits until every one of them has its ticket: only those count, and the wait counts too. */
async function ordered({ world }: Stage, books: Books, spec: Omit<OrderSpec, 'port' | 'card'> & { holds: LoadRequest[] }): Promise<Ordered> {
  const before = await books.tickets();
  const result = await watched(eyesOf(world), async () => {
    const load = await world.loader.order({ ...spec, card, port: portOf(world.system.url) });
    const endedAt = performance.now();
    const until = endedAt + 60_000;
    while ((await books.tickets()) - before < load.paidInAll && performance.now() < until) await sleep(20);
    return { ...load, ticketsAfterMs: performance.now() - endedAt };
  });
  spec.holds.splice(0, result.sent);
  if (result.exhausted) throw new Error('more orders were paid than were made: the machine is faster than expected');
  const failed = Object.entries(result.answers).filter(([name]) => name !== 'paid');
  if (failed.length > 0) throw new Error(`orders did not end as paid: ${JSON.stringify(result.answers)}`);
  return { ...result, perSecond: result.paid / (result.seconds + result.ticketsAfterMs / 1000) };
}

interface Books {
  /** Tickets so far. */
  tickets(): Promise<number>;
  /** Of an event: payments CONFIRMED, tickets ACTIVE, seats SOLD, and payments that do not have exactly one ticket. */
  of(eventId: string): Promise<{ paid: number; tickets: number; sold: number; wrong: number }>;
  close(): Promise<void>;
}

async function booksOf({ world }: Stage): Promise<Books> {
  const connect = async (service: 'payment' | 'ticketing' | 'booking') => {
    const client = new Client(world.databaseUrl(service));
    client.on('error', () => {}); // the server goes first when a run is broken off
    await client.connect();
    return client;
  };
  const [payment, ticketing, booking] = [await connect('payment'), await connect('ticketing'), await connect('booking')];
  const ids = async (client: Client, sql: string, eventId: string) => (await client.query<{ id: string }>(sql, [eventId])).rows.map(({ id }) => id);
  return {
    tickets: async () => (await ticketing.query<{ n: number }>('SELECT count(*)::int AS n FROM tickets')).rows[0]?.n ?? 0,
    async of(eventId) {
      const paid = await ids(payment, `SELECT id FROM transactions WHERE event_id = $1 AND status = 'CONFIRMED'`, eventId);
      const tickets = await ids(ticketing, `SELECT payment_id AS id FROM tickets WHERE event_id = $1 AND status = 'ACTIVE'`, eventId);
      const sold = await ids(booking, `SELECT id FROM seats WHERE event_id = $1 AND status = 'SOLD'`, eventId);
      const ticketed = new Set(tickets);
      const wrong = paid.filter((id) => !ticketed.has(id)).length + (tickets.length - ticketed.size);
      return { paid: paid.length, tickets: tickets.length, sold: sold.length, wrong };
    },
    close: async () => void (await Promise.all([payment.end(), ticketing.end(), booking.end()])),
  };
}

async function checkBooks({ product }: Stage, books: Books, { eventId, paid }: { eventId: string; paid: number }): Promise<void> {
  const found = await books.of(eventId);
  const { twice } = await product.rows([eventId]);
  if (found.paid !== paid || found.tickets !== paid || found.sold !== paid || found.wrong > 0 || twice > 0)
    throw new Error(`${paid} orders were answered as paid; the databases have ${JSON.stringify({ ...found, twice })}`);
}
