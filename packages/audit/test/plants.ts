import { randomUUID } from 'node:crypto';
import type { CheckName, Sql } from '../src/index.ts';
import { chargeSql, outboxSql, refundSql, reservationSql, type Sale } from './stage.ts';

/** What must never be written, and the check that has to see it. */
export type Plant = { check: CheckName; how?: string; plant: (sql: Sql, sale: Sale) => Promise<unknown> };

const secondTicket = `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png)
  SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png
  FROM tickets WHERE id = $1`;
const unsell = `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL WHERE id = $1`;
const parkedSql = `INSERT INTO parked_messages (group_name, topic, key, value, error, dead_at) VALUES ('ticketing', 't', 'k', 'v', 'why', $1)`;

const ofSeats: Plant[] = [
  {
    check: 'seat-sold-twice',
    plant: async (sql, { eventId, seatId }) => {
      await sql('booking', 'DROP INDEX IF EXISTS seat_reservations_confirmed');
      await sql('booking', reservationSql, [randomUUID(), eventId, seatId, randomUUID(), 'CONFIRMED', randomUUID()]);
    },
  },
  { check: 'wrong-capacity', plant: (sql, { otherSeat }) => sql('booking', 'DELETE FROM seats WHERE id = $1', [otherSeat]) },
  {
    check: 'sale-without-history',
    plant: (sql, { otherSeat }) =>
      sql('booking', `UPDATE seats SET status = 'SOLD', reservation_id = gen_random_uuid(), held_by = gen_random_uuid() WHERE id = $1`, [otherSeat]),
  },
  { check: 'history-sale-without-seat', plant: (sql, { seatId }) => sql('booking', unsell, [seatId]) },
  {
    check: 'hold-without-history',
    plant: (sql, { otherSeat }) =>
      sql(
        'booking',
        `UPDATE seats SET held_until = now() + interval '1 minute', reservation_id = gen_random_uuid(), held_by = gen_random_uuid() WHERE id = $1`,
        [otherSeat],
      ),
  },
  {
    check: 'history-hold-without-seat',
    plant: (sql, { eventId, otherSeat }) => sql('booking', reservationSql, [randomUUID(), eventId, otherSeat, randomUUID(), 'HELD', null]),
  },
  {
    check: 'sold-in-part',
    plant: (sql, { eventId, otherSeat, reservationId, userId }) =>
      sql('booking', reservationSql, [reservationId, eventId, otherSeat, userId, 'RELEASED', null]),
  },
  {
    check: 'over-limit',
    plant: async (sql, { eventId, userId }) => {
      for (let seat = 0; seat < 8; seat++) await sql('booking', reservationSql, [randomUUID(), eventId, randomUUID(), userId, 'HELD', null]);
    },
  },
];

const ofMoney: Plant[] = [
  {
    check: 'undecided',
    plant: (sql, { paymentId }) =>
      sql('payment', `UPDATE transactions SET status = 'PENDING', step = 'CAPTURING', settled_at = NULL, captured = false WHERE id = $1`, [
        paymentId,
      ]),
  },
  {
    check: 'refund-undecided',
    how: 'nobody answers',
    plant: (sql, { paymentId, seatId }) => sql('payment', refundSql, [randomUUID(), paymentId, 'seats', 1000, 'PENDING', 'REFUNDING', [seatId]]),
  },
  {
    check: 'refund-undecided',
    how: 'declined',
    plant: (sql, { paymentId, seatId }) => sql('payment', refundSql, [randomUUID(), paymentId, 'seats', 1000, 'FAILED', 'REFUNDING', [seatId]]),
  },
  {
    check: 'refunded-twice',
    how: 'more than was taken',
    plant: (sql, { paymentId }) => sql('payment', refundSql, [randomUUID(), paymentId, 'amount', 1001, 'DONE', 'SETTLED', []]),
  },
  {
    check: 'refunded-twice',
    how: 'a seat in two refunds',
    plant: async (sql, { paymentId, seatId }) => {
      for (const status of ['DONE', 'DONE']) await sql('payment', refundSql, [randomUUID(), paymentId, 'seats', 400, status, 'SETTLED', [seatId]]);
    },
  },
  {
    check: 'refunded-twice',
    how: 'more given than is booked',
    plant: (sql, { chargeKey }) =>
      sql('payment', 'INSERT INTO test_provider_refunds (key, charge, amount_minor) VALUES ($1, $2, 100)', [randomUUID(), chargeKey]),
  },
  {
    check: 'wrong-amount',
    how: 'a refunded payment that kept more than its fees',
    plant: async (sql, { paymentId, seatId, reservationId }) => {
      await sql('payment', refundSql, [randomUUID(), paymentId, 'seats', 900, 'DONE', 'SETTLED', [seatId]]);
      await sql('payment', `UPDATE transactions SET status = 'REFUNDED' WHERE id = $1`, [paymentId]);
      await sql('booking', unsell, [seatId]);
      await sql('booking', `UPDATE seat_reservations SET status = 'RELEASED', release_reason = 'refunded' WHERE reservation_id = $1`, [
        reservationId,
      ]);
    },
  },
  { check: 'charge-kept', plant: (sql) => sql('payment', chargeSql, [`${randomUUID()}:authorising`, 'captured']) },
  {
    check: 'not-captured-once',
    plant: (sql, { chargeKey }) => sql('payment', `UPDATE test_provider_charges SET status = 'refunded' WHERE key = $1`, [chargeKey]),
  },
  {
    check: 'not-captured-once',
    how: 'a part went back that nobody has asked for',
    plant: (sql, { chargeKey }) => sql('payment', `UPDATE test_provider_charges SET refunded_minor = 300 WHERE key = $1`, [chargeKey]),
  },
  {
    check: 'not-captured-once',
    how: 'a part is called refunded and never went back',
    plant: (sql, { paymentId }) => sql('payment', refundSql, [randomUUID(), paymentId, 'amount', 300, 'DONE', 'SETTLED', []]),
  },
  {
    check: 'charge-kept',
    how: 'a question to a customer whose payment is over',
    plant: async (sql, { chargeKey, paymentId }) => {
      await sql('payment', `UPDATE test_provider_charges SET status = 'pending', challenged = true, approve_at = 'infinity' WHERE key = $1`, [
        chargeKey,
      ]);
      await sql('payment', `UPDATE transactions SET status = 'CANCELLED', captured = false WHERE id = $1`, [paymentId]);
    },
  },
  {
    check: 'seats-unpaid',
    how: 'another payment',
    plant: (sql, { paymentId }) => sql('booking', 'UPDATE seat_reservations SET payment_id = gen_random_uuid() WHERE payment_id = $1', [paymentId]),
  },
  {
    check: 'seats-unpaid',
    how: 'a payment that failed',
    plant: (sql, { paymentId }) => sql('payment', `UPDATE transactions SET status = 'FAILED', failure_reason = 'voided' WHERE id = $1`, [paymentId]),
  },
  {
    check: 'wrong-amount',
    plant: (sql, { paymentId }) => sql('booking', 'UPDATE seat_reservations SET price_minor = 900 WHERE payment_id = $1', [paymentId]),
  },
  {
    check: 'wrong-amount',
    how: 'a refund of a seat that stays sold',
    plant: (sql, { paymentId }) =>
      sql(
        'payment',
        `INSERT INTO refunds (id, payment_id, key, amount_minor, currency, reason, status, done_at) VALUES (gen_random_uuid(), $1, $2, 400, 'EUR', 'r', 'DONE', now())`,
        [paymentId, randomUUID()],
      ),
  },
  {
    check: 'paid-without-seats',
    plant: async (sql, { seatId, reservationId }) => {
      await sql('booking', unsell, [seatId]);
      await sql('booking', `UPDATE seat_reservations SET status = 'RELEASED', release_reason = 'customer' WHERE reservation_id = $1`, [
        reservationId,
      ]);
    },
  },
  {
    check: 'paid-without-seats',
    how: 'paid twice',
    plant: (sql, { reservationId }) =>
      sql(
        'payment',
        `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, status, step, captured, next_check_at, pay_until, settled_at)
         SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, event_id, organisation_id, user_id, 1000, currency, seats, status, step, captured, now(), now(), now()
         FROM transactions WHERE reservation_id = $1`,
        [reservationId],
      ),
  },
];

const ofTickets: Plant[] = [
  {
    check: 'seat-ticketed-twice',
    plant: async (sql, { ticketId }) => {
      await sql('ticketing', 'DROP INDEX IF EXISTS tickets_one_live_per_seat');
      await sql('ticketing', secondTicket, [ticketId]);
    },
  },
  {
    check: 'check-in-mismatch',
    plant: (sql, { ticketId, eventId }) =>
      sql('ticketing', `INSERT INTO check_ins VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), 'North', gen_random_uuid(), now())`, [
        ticketId,
        eventId,
      ]),
  },
  { check: 'paid-without-ticket', plant: (sql, { ticketId }) => sql('ticketing', 'DELETE FROM tickets WHERE id = $1', [ticketId]) },
  {
    check: 'ticket-without-sale',
    plant: (sql, { ticketId }) => sql('ticketing', 'UPDATE tickets SET payment_id = gen_random_uuid() WHERE id = $1', [ticketId]),
  },
];

const ofMessages: Plant[] = [
  { check: 'unsent', plant: (sql) => sql('payment', outboxSql, [randomUUID(), 'payment-failed', 'k', '{}', null]) },
  {
    check: 'not-applied',
    plant: (sql, { paymentId }) => sql('payment', outboxSql, [randomUUID(), 'payment-confirmed', paymentId, '{}', new Date()]),
  },
  { check: 'set-aside', plant: (sql) => sql('ticketing', parkedSql, [null]) },
  { check: 'dead-letter', plant: (sql) => sql('ticketing', parkedSql, [new Date()]) },
];

/** One for each check over databases, in the order of the catalogue's themes. */
export const plants: Plant[] = [...ofSeats, ...ofMoney, ...ofTickets, ...ofMessages];
