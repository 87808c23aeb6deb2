import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type AuditedService, type Books, lookAtAll, stillSo } from '@boxoffice/audit';
import { eventOnSale, guest, type Organiser, organiserOf, type Person } from '@boxoffice/journey';
import { withSession } from '@boxoffice/postgres';
import { eventually, postgresServer } from '@boxoffice/testing';
import { paraninfo } from '@boxoffice/venues';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandaloneTopology, standalone } from './topologies.ts';

// A whole hall is sold and then does not take place. The process that gives the money back is killed in the middle of it.

const feePerSeatMinor = 100;
const prefix = `cancelled_${Date.now()}`;
let topology: StandaloneTopology;
beforeAll(async () => {
  // As shipped, but that one address buys a whole hall here.
  const env = { DEMO: 'false', LIMIT_ANONYMOUS: '10000', LIMIT_CUSTOMER: '10000' };
  topology = await standalone({ DATABASE_URL: postgresServer().adminUrl, DATABASE_PREFIX: prefix, ...env });
});
afterAll(() => topology?.stop());

const rows = <Row extends object>(service: AuditedService, text: string, values: unknown[] = []): Promise<Row[]> =>
  withSession(postgresServer().url(`${prefix}_${service.replace('-', '_')}`), (session) => session.query<Row>(text, values));
const numbers = async (service: AuditedService, text: string, values: unknown[] = []): Promise<Record<string, number>> => {
  const [row] = await rows<Record<string, string | number>>(service, text, values);
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
};
let began = performance.now();
/** What took how long, for whoever reads the run. */
const phase = (name: string) => {
  process.stdout.write(`  [cancelled event] ${name}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  began = performance.now();
};

type Way = 'online' | 'owed' | 'by-hand';
type Order = { customer: Person; seatIds: string[]; way: Way; paymentId: string };

/** 1 to 8 seats a customer, in one order or two; every tenth order is paid by transfer, or not yet. */
function shopping(seatIds: readonly string[]): { seatIds: string[]; ways: Way }[][] {
  const left = [...seatIds];
  const customers: { seatIds: string[]; ways: Way }[][] = [];
  for (let n = 0, orders = 0; left.length > 0; n += 1) {
    const mine = left.splice(0, 1 + (n % 8));
    const split = mine.length < 4 ? [mine] : [mine.slice(0, mine.length >> 1), mine.slice(mine.length >> 1)];
    customers.push(split.map((some) => ({ seatIds: some, ways: wayOf(orders++) })));
  }
  return customers;
}
const wayOf = (n: number): Way => (n % 11 === 5 ? 'owed' : n % 11 === 8 ? 'by-hand' : 'online');

async function buy(
  eventId: string,
  customer: Person,
  { seatIds, ways: way }: { seatIds: string[]; ways: Way },
  organiser: Organiser,
): Promise<Order> {
  const { client } = customer;
  const { reservationId } = await client.booking.holdSeats.mutate({ eventId, seatIds });
  const { paymentId } = await client.payment.createPayment.mutate({ reservationId, ...(way !== 'online' && { method: 'bank-transfer' as const }) });
  const paid = await client.payment.confirmPayment.mutate({ paymentId, ...(way === 'online' && { card: '4242424242424242' }) });
  expect(paid.status).toBe(way === 'online' ? 'CONFIRMED' : 'PENDING');
  if (way === 'by-hand') await organiser.client.payment.markPaid.mutate({ paymentId, reason: 'It is on our account' });
  return { customer, seatIds, way, paymentId };
}

/** All of it, a few customers at a time. */
async function sellOut(eventId: string, organiser: Organiser): Promise<Order[]> {
  const { seats } = await organiser.client.booking.eventSeats.query({ eventId });
  const waiting = shopping(seats.map(({ seatId }) => seatId));
  const orders: Order[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const customer = await guest(topology.url);
      for (const basket of next) orders.push(await buy(eventId, customer, basket, organiser));
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return orders;
}

const mailsTo = async (subject: RegExp): Promise<Map<string, number>> => {
  const names = (await readdir(path.join(topology.folder, 'mails'))).filter((name) => name.endsWith('.eml'));
  const raws = await Promise.all(names.map((name) => readFile(path.join(topology.folder, 'mails', name), 'utf8')));
  const found = raws.filter((raw) => subject.test(raw)).map((raw) => /^To: .*?<?([^<>\s]+@[^<>\s]+)>?$/m.exec(raw)?.[1] ?? '');
  return new Map([...Map.groupBy(found, (address) => address)].map(([address, mails]) => [address, mails.length]));
};

test('603 sold seats: every order is refunded once, no ticket is left, each customer has one mail; with the job killed in the middle', async () => {
  began = performance.now();
  const organiser = await organiserOf(topology.url);
  const { client } = organiser;
  const eventId = await eventOnSale(organiser, paraninfo());
  const bankTransfer = { withinHours: 48, instructions: 'IBAN ES00 0000' };
  await eventually(() => client.payment.setEventPayments.mutate({ eventId, methods: ['online', 'bank-transfer'], bankTransfer, feePerSeatMinor }));
  const orders = await sellOut(eventId, organiser);
  const of = (...ways: Way[]) => orders.filter(({ way }) => ways.includes(way));
  const count = (some: Order[]) => some.reduce((sum, { seatIds }) => sum + seatIds.length, 0);
  expect(count(orders)).toBe(603);
  const paid = of('online', 'by-hand');
  await eventually(async () => expect(await numbers('ticketing', 'SELECT count(*) AS n FROM tickets')).toEqual({ n: count(paid) }), {
    withinMs: 30_000,
  });

  phase('603 seats sold');
  // Some have come in already, and some have had a seat refunded.
  const [inside, partly] = [
    of('online').slice(0, 5),
    of('online')
      .filter(({ seatIds }) => seatIds.length > 1)
      .slice(-5),
  ];
  for (const { customer, paymentId } of inside) {
    const { tickets } = await customer.client.ticketing.myTickets.query({ paymentId });
    await client.ticketing.checkIn.mutate({ eventId, qr: tickets[0]?.qr ?? '', gate: 'North' });
  }
  for (const { paymentId, seatIds } of partly)
    expect((await client.payment.refundOrder.mutate({ paymentId, seatIds: seatIds.slice(0, 1), withFees: true, reason: 'Fell ill' })).status).toBe(
      'DONE',
    );
  const before = await numbers('payment', 'SELECT count(*) AS refunds, sum(amount_minor) AS minor FROM test_provider_refunds WHERE NOT declined');
  expect(before.refunds).toBe(5);

  phase('five came in, five seats were refunded');
  // Called off, planned, started.
  await client.booking.cancelEvent.mutate({ eventId });
  const { plan, started } = await eventually(
    async () => {
      const dryRun = await client.payment.planEventCancellation.mutate({ eventId });
      return {
        plan: dryRun,
        started: await client.payment.startEventCancellation.mutate({ eventId, code: dryRun.code, reason: 'The hall burnt down' }),
      };
    },
    { withinMs: 20_000 },
  );
  expect(plan).toMatchObject({ orders: paid.length, seats: count(paid) - 5, cannotRefundOrders: of('by-hand').length });

  // Killed in the middle; another process goes on.
  const half = Math.floor(of('online').length / 2);
  const refunded = async () =>
    (await numbers('payment', `SELECT count(*) AS n FROM refunds WHERE cancellation_id = $1 AND status = 'DONE'`, [started.cancellationId])).n ?? 0;
  await eventually(async () => expect(await refunded()).toBeGreaterThan(half / 2), { withinMs: 20_000 });
  await topology.process.kill();
  const atKill = await refunded();
  expect(atKill).toBeLessThan(of('online').length);
  phase(`killed after ${atKill} of ${of('online').length} refunds`);
  await topology.restart();
  const isDone = `SELECT count(*) FILTER (WHERE status = 'DONE') AS done FROM event_cancellations WHERE id = $1`;
  await eventually(async () => expect(await numbers('payment', isDone, [started.cancellationId])).toEqual({ done: 1 }), { withinMs: 60_000 });
  phase('resumed and done');

  // What the dry run said is what happened, and nothing twice.
  const end = await client.payment.getEventCancellation.query({ eventId });
  const customers = new Set(orders.map(({ customer }) => customer.email));
  expect(end).toMatchObject({
    status: 'DONE',
    refunded: of('online').length,
    failed: of('by-hand').length,
    waiting: 0,
    amountMinor: plan.totalMinor,
  });
  expect(end.failures.map(({ why }) => why)).toEqual(of('by-hand').map(() => 'by-hand'));
  const automatic = plan.perMethod.filter(({ automatic: isAutomatic }) => isAutomatic);
  expect(end.refundedMinor).toBe(automatic.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
  const provider = await numbers(
    'payment',
    `SELECT count(*) AS refunds, sum(r.amount_minor) AS minor, (SELECT count(*) FROM test_provider_charges WHERE status <> 'refunded' OR refunded_minor <> amount_minor) AS "notWhole"
     FROM test_provider_refunds r WHERE NOT r.declined`,
  );
  expect(provider).toEqual({ refunds: 5 + of('online').length, minor: (before.minor ?? 0) + end.refundedMinor, notWhole: 0 });
  await eventually(async () =>
    expect(await rows('ticketing', 'SELECT status, count(*)::int AS n FROM tickets GROUP BY status ORDER BY status')).toEqual(
      [
        { status: 'USED', n: 5 },
        { status: 'CANCELLED', n: count(paid) - 5 },
      ].sort((a, b) => a.status.localeCompare(b.status)),
    ),
  );
  expect(await numbers('booking', `SELECT count(*) AS sold FROM seats WHERE event_id = $1 AND status = 'SOLD'`, [eventId])).toEqual({
    sold: count(of('by-hand')),
  });
  expect(
    await numbers(
      'payment',
      `SELECT count(*) AS n FROM transactions WHERE step = 'AWAITING_MONEY' OR (status = 'FAILED' AND failure_reason <> 'event-cancelled')`,
    ),
  ).toEqual({ n: 0 });

  // One mail for each customer, however many orders; the five refunds of before have theirs.
  await eventually(async () => expect((await mailsTo(/^Subject: Cancelled: /m)).size).toBe(customers.size), { withinMs: 30_000 });
  const told = await mailsTo(/^Subject: Cancelled: /m);
  expect([...told.values()].filter((mails) => mails !== 1)).toEqual([]);
  expect(new Set(told.keys())).toEqual(customers);
  expect((await mailsTo(/^Subject: Refund: /m)).size).toBe(new Set(partly.map(({ customer }) => customer.email)).size);
  // And what the auditor looks at holds: money that people must pay back is no fault.
  const books: Books = { sql: rows, graceMs: 0 };
  await eventually(async () => expect(await stillSo(books, (await lookAtAll(books)).findings)).toEqual([]), { withinMs: 30_000 });
  phase(
    `${customers.size} customers, ${orders.length} orders (${of('owed').length} unpaid, ${of('by-hand').length} by hand), ${provider.refunds} refunds at the provider, told`,
  );
});
