import type { Violation } from '../history.ts';

/** One query over one database: every row it answers is a violation. */
export type Check = { invariant: Violation['invariant']; database: 'booking' | 'payment' | 'ticketing'; what: string; sql: string };

/** What must be true of seats and reservations at every moment, once nobody writes. */
export const bookingChecks: Check[] = [
  {
    invariant: 'I1',
    database: 'booking',
    what: 'a seat has two living holds or sales',
    sql: `SELECT seat_id::text AS row FROM seat_reservations WHERE status = 'CONFIRMED' OR (status = 'HELD' AND expires_at > now()) GROUP BY seat_id HAVING count(*) > 1`,
  },
  {
    invariant: 'I2',
    database: 'booking',
    what: 'an event has more or fewer seats than its capacity',
    sql: `SELECT e.id::text AS row FROM events e WHERE e.seats <> (SELECT count(*) FROM seats s WHERE s.event_id = e.id)`,
  },
  {
    invariant: 'I2',
    database: 'booking',
    what: 'a seat is sold and its history does not say to whom',
    sql: `SELECT s.id::text AS row FROM seats s WHERE s.status = 'SOLD' AND (SELECT count(*) FROM seat_reservations r
            WHERE r.seat_id = s.id AND r.reservation_id = s.reservation_id AND r.status = 'CONFIRMED' AND r.user_id = s.held_by) <> 1`,
  },
  {
    invariant: 'I2',
    database: 'booking',
    what: 'the history says sold and the seat does not',
    sql: `SELECT r.seat_id::text AS row FROM seat_reservations r LEFT JOIN seats s ON s.id = r.seat_id AND s.status = 'SOLD' AND s.reservation_id = r.reservation_id
          WHERE r.status = 'CONFIRMED' AND s.id IS NULL`,
  },
  {
    invariant: 'I2',
    database: 'booking',
    what: 'a living hold of a seat has no open history',
    sql: `SELECT s.id::text AS row FROM seats s LEFT JOIN seat_reservations r ON r.reservation_id = s.reservation_id AND r.seat_id = s.id AND r.status = 'HELD'
          WHERE s.status = 'AVAILABLE' AND s.held_until > now() AND r.id IS NULL`,
  },
  {
    invariant: 'I3',
    database: 'booking',
    what: 'a living hold in the history is not on the seat',
    sql: `SELECT r.reservation_id::text AS row FROM seat_reservations r LEFT JOIN seats s ON s.id = r.seat_id AND s.reservation_id = r.reservation_id AND s.held_until > now()
          WHERE r.status = 'HELD' AND r.expires_at > now() + interval '1 second' AND s.id IS NULL`,
  },
  {
    invariant: 'I4',
    database: 'booking',
    what: 'a reservation is sold in part',
    sql: `SELECT reservation_id::text AS row FROM seat_reservations GROUP BY reservation_id
          HAVING bool_or(status = 'CONFIRMED') AND bool_or(status <> 'CONFIRMED' AND release_reason IS DISTINCT FROM 'refunded')`,
  },
  {
    invariant: 'I4',
    database: 'booking',
    what: 'a customer has more seats of an event than it allows',
    sql: `SELECT r.user_id::text || ' ' || count(*) AS row FROM seat_reservations r JOIN events e ON e.id = r.event_id
          WHERE r.status = 'CONFIRMED' OR (r.status = 'HELD' AND r.expires_at > now()) GROUP BY r.user_id, e.id HAVING count(*) > e.max_seats_per_customer`,
  },
];

/** What must be true of money, once it is still. */
export const paymentChecks: Check[] = [
  {
    invariant: 'I6',
    database: 'payment',
    what: 'a payment is undecided though nobody waits for its customer',
    sql: `SELECT id::text || ' ' || step AS row FROM transactions WHERE status = 'PENDING' AND (step <> 'CREATED' OR pay_until < now() - interval '60 seconds')`,
  },
  {
    invariant: 'I6',
    database: 'payment',
    what: 'the provider keeps money of a payment that is not confirmed',
    sql: `SELECT c.key AS row FROM test_provider_charges c WHERE c.status IN ('captured', 'authorised', 'pending')
          AND NOT EXISTS (SELECT FROM payment_steps s JOIN transactions t ON t.id = s.payment_id WHERE s.key = c.key AND t.status = 'CONFIRMED' AND t.captured)
          AND NOT (c.status = 'pending' AND c.approve_at > now())`,
  },
  {
    invariant: 'I6',
    database: 'payment',
    what: 'a confirmed payment was not captured by the provider exactly once, in full',
    sql: `SELECT t.id::text AS row FROM transactions t WHERE t.status = 'CONFIRMED' AND (SELECT coalesce(sum(c.amount_minor), 0) FROM test_provider_charges c
            WHERE c.status = 'captured' AND c.key IN (SELECT s.key FROM payment_steps s WHERE s.payment_id = t.id)) <> t.amount_minor`,
  },
  {
    invariant: 'I5',
    database: 'payment',
    what: 'a reservation was paid for twice',
    sql: `SELECT reservation_id::text AS row FROM transactions WHERE status = 'CONFIRMED' GROUP BY reservation_id HAVING count(*) > 1`,
  },
];

/** What must be true of tickets. */
export const ticketChecks: Check[] = [
  {
    invariant: 'I1',
    database: 'ticketing',
    what: 'a seat has two living tickets',
    sql: `SELECT seat_id::text AS row FROM tickets WHERE status <> 'CANCELLED' GROUP BY event_id, seat_id HAVING count(*) > 1`,
  },
  {
    invariant: 'I10',
    database: 'ticketing',
    what: 'a ticket was let in twice, or never and is used',
    sql: `SELECT t.id::text AS row FROM tickets t WHERE (SELECT count(*) FROM check_ins c WHERE c.ticket_id = t.id) <> CASE t.status WHEN 'USED' THEN 1 ELSE 0 END`,
  },
];
