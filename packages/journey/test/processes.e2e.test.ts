import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventOnSale, guest, holdTheSameSeats, type Organiser, organiserOf, type Person } from '@boxoffice/journey';
import { eventually, startProcess } from '@boxoffice/testing';
import { paraninfo } from '@boxoffice/venues';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { duplicatesCounted, expectAllMetAgain, repeatEverything } from './repeat.ts';
import { ask, theLongWay, wireCalls } from './same-bytes.ts';
import { journeySuite } from './suite.ts';
import { type Engines, privateEngines, sixProcesses } from './topologies.ts';

describe('six processes on Postgres, Redis and Kafka', () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await privateEngines();
  });
  afterAll(() => engines?.stop());
  const { running } = journeySuite('processes', () => sixProcesses(engines), 200);

  /** A guest buys `count` seats of a new event; answers what identifies the sale. */
  const buy = async (organiser: Organiser, count: number) => {
    const eventId = await eventOnSale(organiser, paraninfo());
    const customer = await guest(running().url);
    const { seats } = await customer.client.booking.eventSeats.query({ eventId });
    const held = await customer.client.booking.holdSeats.mutate({ eventId, seatIds: seats.slice(0, count).map((seat) => seat.seatId) });
    const { paymentId } = await customer.client.payment.createPayment.mutate({ reservationId: held.reservationId });
    expect((await customer.client.payment.confirmPayment.mutate({ paymentId, card: '4242424242424242' })).status).toBe('CONFIRMED');
    return { customer, eventId, paymentId, seatIds: held.seats.map((seat) => seat.seatId).sort() };
  };
  const seatsTicketed = async ({ client }: Person, paymentId: string) =>
    (await client.ticketing.myTickets.query({ paymentId })).tickets.map((ticket) => ticket.seatId).sort();

  test('gateway and service, on the fast path and on the long way, answer with the same bytes', async () => {
    const { url, system } = running();
    const { client } = await guest(url);
    const eventId = await eventOnSale(await organiserOf(url), paraninfo());
    const seatId = (await client.booking.eventSeats.query({ eventId })).seats[0]?.seatId ?? '';
    for (const [name, call] of Object.entries(wireCalls(client.session()?.accessToken ?? '', { eventId, seatId }))) {
      const behind = system.urlOf(call.path.startsWith('identity') ? 'identity' : 'booking');
      const long = { ...call, headers: { ...call.headers, ...theLongWay } };
      const answer = { name, ...(await ask(behind, long)) };
      expect({ name, ...(await ask(behind, call)) }).toEqual(answer);
      expect({ name, ...(await ask(url, call)) }).toEqual(answer);
      expect({ name, ...(await ask(url, long)) }).toEqual(answer);
    }
  });

  test('a batch over several services is answered by the gateway as standalone answers it: each call for itself', async () => {
    const { client } = await guest(running().url);
    const answers = await Promise.allSettled([
      client.booking.listEvents.query({}),
      client.ticketing.myTickets.query({}),
      client.booking.getEvent.query({ eventId: crypto.randomUUID() }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  test('a service that is away is 503 with Retry-After, and the others go on', async () => {
    const { url, system } = running();
    const { client } = await guest(url);
    await system.processes['notification-analytics'].kill();
    const answer = await fetch(`${url}/trpc/analytics.myNotifications?input=%7B%7D`, {
      headers: { authorization: `Bearer ${client.session()?.accessToken}` },
    });
    expect({ status: answer.status, wait: answer.headers.get('retry-after') }).toEqual({ status: 503, wait: '1' });
    expect((await client.booking.listEvents.query({})).events.length).toBeGreaterThan(0);
    await system.start('notification-analytics');
  });

  test('ticketing killed between payment-confirmed and the ticket: one ticket per seat after its restart', async () => {
    const { system } = running();
    const organiser = await organiserOf(running().url);
    await system.processes.ticketing.kill();
    const { customer, paymentId, seatIds } = await buy(organiser, 3); // confirmed, and nobody there to write tickets
    await system.start('ticketing');
    // Killed again and again while it works: between effect and commit, between commit and acknowledgement.
    for (const pauseMs of [5, 40, 120, 400]) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await system.processes.ticketing.kill();
      await system.start('ticketing');
    }
    await eventually(async () => expect(await seatsTicketed(customer, paymentId)).toEqual(seatIds), { withinMs: 60_000 });
  });

  test('every message delivered twice changes nothing', async () => {
    const organiser = await organiserOf(running().url);
    const { customer, eventId, paymentId, seatIds } = await buy(organiser, 4);
    const state = async () => {
      const { total } = await organiser.client.analytics.salesReport.query({ eventId });
      const { notifications } = await customer.client.analytics.myNotifications.query({});
      return { seats: await seatsTicketed(customer, paymentId), total, mails: notifications.map(({ kind, status }) => `${kind} ${status}`) };
    };
    const once = { seats: seatIds, total: { sold: 4, revenueMinor: expect.any(Number), checkedIn: 0 }, mails: ['tickets SENT'] };
    await eventually(async () => expect(await state()).toEqual(once), { withinMs: 30_000 });
    const before = await state();
    const met = await duplicatesCounted(running().system);
    const repeated = await repeatEverything(engines.kafka.brokers);
    process.stdout.write(`  [processes] delivered a second time: ${JSON.stringify(Object.fromEntries(repeated))}\n`);
    expect(repeated.get('payment-confirmed')).toBeGreaterThan(0);
    await eventually(() => expectAllMetAgain(running().system, met, repeated), { withinMs: 60_000 });
    expect(await state()).toEqual(before);
  });

  test('the demo is made in an installation that runs elsewhere, once; without its passwords that is refused', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-demo-'));
    const demo = async (...args: string[]) => {
      const run = startProcess({ name: 'demo', script: 'services/standalone/src/demo.ts', args, env: { DATA_FOLDER: folder } });
      return { code: await run.exited, told: run.lines.join('\n') };
    };
    try {
      const made = await demo('seed', '--url', running().url);
      expect(made).toEqual({ code: 0, told: expect.stringMatching(/organiser +organiser@demo\.example/) });
      expect(await demo('seed', '--url', running().url)).toEqual(made);
      expect(await demo('buy')).toEqual({ code: 0, told: expect.stringMatching(/Payment CONFIRMED[\s\S]*Ticket /) });
      await rm(path.join(folder, 'demo.json'));
      expect(await demo('seed', '--url', running().url)).toEqual({ code: 1, told: expect.stringContaining('put that file back') });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('with Redis stopped the same seats still have one winner each', async () => {
    const result = await holdTheSameSeats(running().url, await organiserOf(running().url), { beforeHolds: () => engines.redis.stop() });
    process.stdout.write(`  [processes, Redis stopped] ${JSON.stringify(result)}\n`);
    expect(result).toMatchObject({ winners: 10, soldTwice: 0, answers: { HELD: 10, SEAT_ALREADY_HELD: 90 } });
  });
});
