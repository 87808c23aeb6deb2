import { randomUUID } from 'node:crypto';
import { type CheckName, checks, type MetricName, type Sql } from '@boxoffice/audit';
import { aSale, openStage, outboxSql, reservationSql, type Sale, type Stage } from '@boxoffice/audit/stage';
import { connectRedis } from '@boxoffice/redis';
import { createLogger, createMetrics } from '@boxoffice/service-kit';
import { eventually, type RedisServer, startRedis } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose, type Edges } from './compose.ts';
import { openDatabases } from './databases.ts';

let stage: Stage;
let server: RedisServer;
beforeAll(async () => {
  [stage, server] = await Promise.all([openStage('auditor'), startRedis()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([stage.close(), server.stop()]);
});

const urls = () => ({
  AUDIT_BOOKING_DATABASE_URL: stage.url('booking'),
  AUDIT_IDENTITY_DATABASE_URL: stage.url('identity'),
  AUDIT_PAYMENT_DATABASE_URL: stage.url('payment'),
  AUDIT_TICKETING_DATABASE_URL: stage.url('ticketing'),
  AUDIT_ANALYTICS_DATABASE_URL: stage.url('notification-analytics'),
});

/** An auditor that looks when it is told to; `fullEveryMs` 0: at everything each time. */
async function anAuditor(edges: Partial<Edges> = {}, fullEveryMs = 0) {
  const metrics = createMetrics('auditor');
  const lines: { level: string; msg: string; check?: CheckName }[] = [];
  const logger = createLogger({ service: 'auditor', level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const part = await compose({ ...urls(), AUDIT_FULL_EVERY_MS: fullEveryMs }, { logger, metrics, ...edges });
  const sampleOf = (line: string) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const;
  const samples = async () => new Map((await metrics.text()).split('\n').map(sampleOf));
  const look = async () => {
    for (const job of part.jobs) await job.run();
    return samples();
  };
  return { look, lines, samples, part };
}

const minutesAgo = `now() - interval '2 minutes'`;
/** A sale that has been as it should be for longer than the grace. */
async function anOldSale(sql: Sql): Promise<Sale> {
  const sale = await aSale(sql);
  await sql('booking', `UPDATE seat_reservations SET confirmed_at = ${minutesAgo} WHERE reservation_id = $1`, [sale.reservationId]);
  await sql('payment', `UPDATE transactions SET updated_at = ${minutesAgo} WHERE id = $1`, [sale.paymentId]);
  await sql('ticketing', `UPDATE tickets SET created_at = ${minutesAgo} WHERE id = $1`, [sale.ticketId]);
  return sale;
}
const extraTicket = (sale: Sale, createdAt: string) =>
  [
    `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png, created_at)
   SELECT gen_random_uuid(), payment_id, reservation_id, $2, event_id, organisation_id, user_id, label, category, price_minor, 'ACTIVE', qr, '', ${createdAt}
   FROM tickets WHERE id = $1`,
    [sale.ticketId, sale.otherSeat],
  ] as const;

type Break = {
  metric: MetricName;
  breaks: (sale: Sale) => Promise<unknown>;
  heals: (sale: Sale) => Promise<unknown>;
  underWay: () => Promise<unknown>;
};
const run = (service: Parameters<Sql>[0], text: string, values: readonly unknown[] = []) => stage.sql(service, text, [...values]);
const message = randomUUID();
const cases: Break[] = [
  {
    metric: 'double_sold_seats',
    breaks: async ({ eventId, seatId }) => {
      await run('booking', 'DROP INDEX seat_reservations_confirmed');
      await run('booking', reservationSql, [randomUUID(), eventId, seatId, randomUUID(), 'CONFIRMED', randomUUID()]);
    },
    heals: ({ eventId, reservationId }) =>
      run('booking', 'DELETE FROM seat_reservations WHERE event_id = $1 AND reservation_id <> $2', [eventId, reservationId]),
    // A hold whose time is over was taken over and sold; the reaper has not closed its history yet.
    underWay: async () => {
      const { eventId, seatId } = await aSale(stage.sql);
      const reservationId = randomUUID();
      await run('booking', reservationSql, [reservationId, eventId, seatId, randomUUID(), 'HELD', null]);
      await run('booking', 'UPDATE seat_reservations SET expires_at = now() WHERE reservation_id = $1', [reservationId]);
    },
  },
  {
    metric: 'held_without_owner',
    breaks: ({ eventId, otherSeat }) => run('booking', reservationSql, [randomUUID(), eventId, otherSeat, randomUUID(), 'HELD', null]),
    heals: ({ eventId }) =>
      run('booking', `UPDATE seat_reservations SET status = 'RELEASED', release_reason = 'customer' WHERE event_id = $1 AND status = 'HELD'`, [
        eventId,
      ]),
    underWay: async () => {
      const { otherSeat } = await aSale(stage.sql);
      await run('booking', `UPDATE seats SET reservation_id = gen_random_uuid(), held_by = gen_random_uuid(), held_until = now() WHERE id = $1`, [
        otherSeat,
      ]);
    },
  },
  {
    metric: 'paid_without_ticket',
    breaks: ({ ticketId }) =>
      run('ticketing', `UPDATE tickets SET status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'refunded' WHERE id = $1`, [ticketId]),
    heals: ({ ticketId }) =>
      run('ticketing', `UPDATE tickets SET status = 'ACTIVE', cancelled_at = NULL, cancel_reason = NULL WHERE id = $1`, [ticketId]),
    underWay: async () => run('ticketing', 'DELETE FROM tickets WHERE id = $1', [(await aSale(stage.sql)).ticketId]),
  },
  {
    metric: 'ticket_without_payment',
    breaks: (sale) => run('ticketing', ...extraTicket(sale, minutesAgo)),
    heals: ({ otherSeat }) => run('ticketing', 'DELETE FROM tickets WHERE seat_id = $1', [otherSeat]),
    underWay: async () => run('ticketing', ...extraTicket(await aSale(stage.sql), 'now()')),
  },
  {
    metric: 'outbox_stuck',
    breaks: async () => {
      await run('payment', outboxSql, [message, 'payment-failed', 'k', '{}', null]);
      await run('payment', `UPDATE outbox SET created_at = ${minutesAgo} WHERE id = $1`, [message]);
    },
    heals: () => run('payment', 'UPDATE outbox SET sent_at = now() WHERE id = $1', [message]),
    underWay: () => run('payment', outboxSql, [randomUUID(), 'payment-failed', 'k', '{}', null]),
  },
];

test.each(cases)('$metric: under way 0, broken 1, healed 0 – said once each', async ({ metric, breaks, heals, underWay }) => {
  const { look, lines, part } = await anAuditor();
  const gauge = `boxoffice_audit_${metric}`;
  const sale = await anOldSale(stage.sql);
  await underWay();
  const sound = await look();
  expect(sound.get(gauge)).toBe(0);
  await breaks(sale);
  const broken = await look();
  expect(broken.get(gauge)).toBe(1);
  for (const { metric: name } of cases)
    if (name !== metric) expect({ name, value: broken.get(`boxoffice_audit_${name}`) }).toEqual({ name, value: 0 });
  expect((await look()).get(gauge)).toBe(1);
  await heals(sale);
  expect((await look()).get(gauge)).toBe(0);
  const said = lines.filter(({ check }) => check !== undefined && checks[check].metric === metric);
  expect(said.map(({ level, msg }) => [level, msg.startsWith('audit: over: ')])).toEqual([
    ['error', false],
    ['info', true],
  ]);
  await part.close();
});

test('between full looks a finding stays until a look at just its id is content', async () => {
  const { look, part } = await anAuditor({}, 3_600_000);
  await look();
  const sale = await anOldSale(stage.sql);
  await run('payment', `UPDATE outbox SET sent_at = sent_at - interval '1 hour' WHERE key = $1`, [sale.paymentId]);
  await run('ticketing', 'UPDATE tickets SET seat_id = $2 WHERE id = $1', [sale.ticketId, sale.otherSeat]);
  // Its message is older than the first look: only a look at everything, or a message since, leads here.
  expect((await look()).get('boxoffice_audit_paid_without_ticket')).toBe(0);
  await run('payment', `UPDATE outbox SET sent_at = now() - interval '60 seconds' WHERE key = $1`, [sale.paymentId]);
  await eventually(async () => expect((await look()).get('boxoffice_audit_paid_without_ticket')).toBe(1));
  expect((await look()).get('boxoffice_audit_ticket_without_payment')).toBe(1);
  await run('ticketing', 'UPDATE tickets SET seat_id = $2 WHERE id = $1', [sale.ticketId, sale.seatId]);
  const healed = await look();
  expect(healed.get('boxoffice_audit_paid_without_ticket')).toBe(0);
  expect(healed.get('boxoffice_audit_look_seconds_count{kind="all"}')).toBe(1);
  await part.close();
});

test('a seat lock without an owner counts when it lasts for the grace by its own clock', async () => {
  const redis = connectRedis({ url: server.url, logger: createLogger({ service: 'auditor', level: 'silent' }) });
  await eventually(() => expect(redis.available()).toBe(true));
  const { look, part } = await anAuditor({ redis });
  const held = async () => (await look()).get('boxoffice_audit_held_without_owner');
  const { eventId, seatId, otherSeat, reservationId } = await aSale(stage.sql);
  const key = `seat_lock:{${eventId}}:${otherSeat}`;
  await redis.client.set(`seat_lock:{${eventId}}:${seatId}`, reservationId, 'PX', 300_000); // sold: about to be given up
  await redis.client.set('seat_lock:not ours', 'x', 'PX', 300_000);
  await redis.client.set(key, randomUUID(), 'PX', 300_000);
  expect(await held()).toBe(0);
  expect(await held()).toBe(0);
  await redis.client.pexpire(key, 230_000); // as after seventy seconds
  await redis.client.pexpire(`seat_lock:{${eventId}}:${seatId}`, 230_000);
  expect(await held()).toBe(1);
  await redis.client.set(key, randomUUID(), 'PX', 300_000); // taken anew: a new story
  expect(await held()).toBe(0);
  await server.kill();
  expect(await held()).toBe(0); // the rest is looked at all the same
  await Promise.all([redis.close(), part.close()]);
});

test('a database that is away fails the look: gauges and the time of the last success stay', async () => {
  const { look, samples, part } = await anAuditor();
  const before = (await look()).get('boxoffice_audit_last_success_timestamp_seconds');
  expect(before).toBeGreaterThan(Date.now() / 1000 - 60);
  await part.close();
  await expect(look()).rejects.toThrow();
  expect((await samples()).get('boxoffice_audit_last_success_timestamp_seconds')).toBe(before);
  const away = await openDatabases({
    ...urls(),
    AUDIT_TICKETING_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    AUDIT_STATEMENT_TIMEOUT_MS: 1_000,
  });
  await expect(away.ping()).rejects.toThrow('the database of ticketing does not answer');
  await away.close();
});

test('its sessions cannot write, and end a long statement', async () => {
  const databases = await openDatabases({ ...urls(), AUDIT_STATEMENT_TIMEOUT_MS: 100 });
  await expect(databases.sql('booking', 'DELETE FROM events')).rejects.toThrow(/read-only transaction/);
  await expect(databases.sql('payment', 'SELECT pg_sleep(5)')).rejects.toThrow(/statement timeout/);
  await databases.close();
});
