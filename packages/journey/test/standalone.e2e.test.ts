import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createBoxOfficeClient } from '@boxoffice/client';
import { logIn } from '@boxoffice/journey';
import { eventually, startProcess } from '@boxoffice/testing';
import { describe, expect, test } from 'vitest';
import { journeySuite } from './suite.ts';
import { standalone } from './topologies.ts';

describe('standalone on its embedded Postgres', () => {
  const { running } = journeySuite('standalone', () => standalone(), 300);

  const demo = async (...args: string[]) => {
    const run = startProcess({ name: 'demo', script: 'services/standalone/src/demo.ts', args, env: { DATA_FOLDER: running().folder } });
    expect({ code: await run.exited, lines: run.lines }).toMatchObject({ code: 0 });
    return run.lines.join('\n');
  };
  const demoFile = async () => JSON.parse(await readFile(path.join(running().folder, 'demo.json'), 'utf8'));
  const myTickets = async () => {
    const customer = await logIn(running().url, (await demoFile()).customer);
    return (await customer.client.ticketing.myTickets.query({})).tickets.map(({ ticketId, status }) => `${ticketId} ${status}`).sort();
  };

  test('prints the URL, the demo credentials and three commands, and keeps the credentials for its owner only', async () => {
    const told = running().process.lines.join('\n');
    const { organiser, customer, door } = await demoFile();
    for (const words of [
      running().url,
      organiser.email,
      organiser.password,
      customer.password,
      door.password,
      'npm run demo -- buy',
      'npm run demo -- tickets',
      'npm run demo -- check-in',
    ])
      expect(told).toContain(words);
    for (const file of ['demo.json', 'secrets.json']) expect((await stat(path.join(running().folder, file))).mode & 0o777).toBe(0o600);
  });

  test('the three printed commands sell a seat, save its QR image and check it in', async () => {
    expect(await demo('buy')).toMatch(/Payment CONFIRMED[\s\S]*Ticket /);
    const listed = await demo('tickets');
    const file = /(\S+\.png)/.exec(listed)?.[1] ?? '';
    expect((await readFile(path.resolve(import.meta.dirname, '../../..', file))).subarray(1, 4).toString()).toBe('PNG');
    expect(await demo('check-in')).toMatch(/^Welcome: /);
  });

  const secondStart = async (args: string[], env: Record<string, string>) => {
    const run = startProcess({ name: 'second start', script: 'services/standalone/src/main.ts', args, env });
    return { code: await run.exited, words: run.lines.join(' ') };
  };
  test('a second start on the same data, a reset of data in use and a port that is taken say so and change nothing', async () => {
    const before = await myTickets();
    const own = { DATA_FOLDER: running().folder, PORT: '0' };
    expect(await secondStart([], own)).toMatchObject({ code: 1, words: expect.stringContaining('runs on this data folder already') });
    expect(await secondStart(['--reset'], own)).toMatchObject({ code: 1, words: expect.stringContaining('runs on this data folder already') });
    const taken = { DATA_FOLDER: `${running().folder}-other`, PORT: new URL(running().url).port };
    expect(await secondStart([], taken)).toMatchObject({ code: 1, words: expect.stringContaining('Stop it, or set PORT') });
    await rm(taken.DATA_FOLDER, { recursive: true, force: true });
    expect(await secondStart(['--nonsense'], own)).toMatchObject({ code: 2, words: expect.stringContaining('--reset') });
    expect(await myTickets()).toEqual(before);
  });

  test('after a stop and a start the tickets are still there', async () => {
    const before = await myTickets();
    expect(before.length).toBeGreaterThan(0);
    expect(await running().process.stop()).toBe(0);
    await running().restart();
    expect(await myTickets()).toEqual(before);
  });

  test('after kill -9 it starts again and nothing acknowledged is missing', async () => {
    await demo('buy', '--seats', '2');
    const before = await myTickets();
    const { eventId, customer } = await demoFile();
    const { client } = await logIn(running().url, customer);
    const [{ map }, { seats }] = await Promise.all([client.booking.seatMap.query({ eventId }), client.booking.eventSeats.query({ eventId })]);
    const free = seats
      .filter((_, index) => map[index] === '0')
      .slice(-1)
      .map((seat) => seat.seatId);
    const held = await client.booking.holdSeats.mutate({ eventId, seatIds: free });
    const payment = await client.payment.createPayment.mutate({ reservationId: held.reservationId });
    const paid = await client.payment.confirmPayment.mutate({ paymentId: payment.paymentId, card: '4242424242424242' });
    expect(paid.status).toBe('CONFIRMED');
    await running().process.kill(); // its ticket may not be written yet: it must be, after the restart
    await running().restart();
    await eventually(async () => expect(await myTickets()).toHaveLength(before.length + 1));
    const { client: again } = await logIn(running().url, customer);
    expect((await again.payment.getPayment.query({ paymentId: payment.paymentId })).status).toBe('CONFIRMED');
  });

  test('an access token of before the restart is still good', async () => {
    const { client } = await logIn(running().url, (await demoFile()).customer);
    const session = client.session();
    expect(await running().process.stop()).toBe(0);
    await running().restart();
    expect((await createBoxOfficeClient({ url: running().url, token: session?.accessToken ?? '' }).identity.me.query({})).guest).toBe(false);
  });
});
