import { randomUUID } from 'node:crypto';
import { aSale, openStage, reservationSql, type Sale, type Stage } from '@boxoffice/audit/stage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../src/checks/index.ts';
import { type Entry, newHistory } from '../src/history.ts';
import type { World } from '../src/world.ts';

// What a client was told and is not so. What contradicts itself in the databases is proven in packages/audit.

let stage: Stage;
let sql: World['sql'];
beforeAll(async () => {
  stage = await openStage('chaos');
  sql = async (service, text, values) => (service === 'identity' ? [] : stage.sql(service, text, values));
}, 60_000);
afterAll(() => stage.close());

const told = (entry: Partial<Entry> & Pick<Entry, 'op'>): Entry => ({ at: 0, ms: 1, outcome: 'ok', userId: randomUUID(), ...entry });
const ofSale = ({ reservationId, userId, seatId }: Sale) => told({ op: 'hold', reservationId, userId, seatIds: [seatId] });
const seen = async (...entries: Entry[]) => {
  const history = newHistory();
  for (const entry of entries) history.note(entry);
  return (await check(sql, history)).map(({ invariant, what }) => `${invariant}: ${what}`);
};

test('a sale as it should be is no violation', async () => {
  expect(await seen(ofSale(await aSale(stage.sql)))).toEqual([]);
});

test.each<{ says: string; entry: (sale: Sale) => Entry }>([
  { says: 'I3: hold', entry: () => told({ op: 'hold', reservationId: randomUUID(), seatIds: [] }) },
  { says: 'is not what was acknowledged', entry: (sale) => ({ ...ofSale(sale), seatIds: [sale.otherSeat] }) },
  { says: 'I12: payment', entry: () => told({ op: 'confirm payment', paymentId: randomUUID(), status: 'CONFIRMED' }) },
  { says: 'I12: payment', entry: () => told({ op: 'create payment', paymentId: randomUUID() }) },
  { says: 'was let in and is not used', entry: (sale) => told({ op: 'check in', ticketId: sale.ticketId }) },
])('sees: $says', async ({ says, entry }) => {
  expect(await seen(entry(await aSale(stage.sql)))).toEqual([expect.stringContaining(says)]);
});

test('what the auditor finds is a violation here, poison apart', async () => {
  const { eventId, otherSeat } = await aSale(stage.sql);
  await stage.sql('booking', reservationSql, [randomUUID(), eventId, otherSeat, randomUUID(), 'HELD', null]);
  const parked = (key: string) =>
    stage.sql('ticketing', `INSERT INTO parked_messages (group_name, topic, key, value, error) VALUES ('ticketing', 't', $1, 'v', 'why')`, [key]);
  await parked('chaos-poison');
  expect(await seen()).toEqual([expect.stringMatching(/^I3: history-hold-without-seat: reservation .* is not held by it$/)]);
  await parked('k');
  expect(await seen()).toContainEqual(expect.stringMatching(/^I8: set-aside: t of k is parked at ticketing/));
});
