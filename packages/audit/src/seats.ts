import { type Examination, examined } from './books.ts';

// A living hold and its history are written by one statement, so each look sees both or neither: no grace is needed inside booking.
// Keys are compared with IS NOT DISTINCT FROM where a partial index over the status would be taken for them.

const soldTwice = `
SELECT 'seat-sold-twice' AS check, r.seat_id::text AS subject, format('seat %s of event %s is sold %s times', r.seat_id, r.event_id, count(*)) AS what
FROM seats s JOIN seat_reservations r ON r.event_id = s.event_id AND r.seat_id = s.id AND r.status = 'CONFIRMED'
WHERE s.id = ANY ($1::uuid[]) GROUP BY r.event_id, r.seat_id HAVING count(*) > 1`;

const seatsWithoutHistory = `
SELECT CASE s.status WHEN 'SOLD' THEN 'sale-without-history' ELSE 'hold-without-history' END AS check, s.id::text AS subject,
  format('seat %s of event %s: its history does not know reservation %s', s.id, s.event_id, s.reservation_id) AS what
FROM seats s WHERE s.id = ANY ($1::uuid[]) AND (s.status = 'SOLD' OR (s.status = 'AVAILABLE' AND s.held_until > statement_timestamp()))
  AND NOT EXISTS (
    SELECT FROM seat_reservations r WHERE r.reservation_id = s.reservation_id AND r.seat_id = s.id AND r.user_id = s.held_by
      AND r.status = CASE s.status WHEN 'SOLD' THEN 'CONFIRMED'::reservation_status ELSE 'HELD' END)`;

const salesWithoutSeat = `
SELECT 'history-sale-without-seat' AS check, r.reservation_id::text AS subject,
  format('reservation %s of event %s: seat %s is not sold to it', r.reservation_id, r.event_id, r.seat_id) AS what
FROM seat_reservations r LEFT JOIN seats s ON s.id = r.seat_id AND s.status = 'SOLD' AND s.reservation_id = r.reservation_id
WHERE r.reservation_id = ANY ($1::uuid[]) AND r.status IS NOT DISTINCT FROM 'CONFIRMED' AND s.id IS NULL`;

const soldInPart = `
SELECT 'sold-in-part' AS check, reservation_id::text AS subject, format('reservation %s is sold in part', reservation_id) AS what
FROM seat_reservations WHERE reservation_id = ANY ($1::uuid[]) GROUP BY reservation_id
HAVING bool_or(status = 'CONFIRMED') AND bool_or(status <> 'CONFIRMED' AND release_reason IS DISTINCT FROM 'refunded')`;

const overLimit = `
SELECT 'over-limit' AS check, c.reservation_id::text AS subject, format('customer %s has %s seats of event %s', c.user_id, n.seats, e.id) AS what
FROM (SELECT DISTINCT reservation_id, user_id, event_id FROM seat_reservations WHERE reservation_id = ANY ($1::uuid[])) c
JOIN events e ON e.id = c.event_id
CROSS JOIN LATERAL (
  SELECT count(*) AS seats FROM seat_reservations r WHERE r.user_id = c.user_id AND r.event_id = c.event_id AND r.status <> 'RELEASED'
    AND (r.status = 'CONFIRMED' OR r.expires_at > statement_timestamp())) n
WHERE n.seats > e.max_seats_per_customer`;

// Over the reaper's index: living holds are a few thousand, history is millions. A second of doubt: seat and history expire in the same moment.
const holdsWithoutSeat = `
SELECT DISTINCT ON (r.reservation_id) 'history-hold-without-seat' AS check, r.reservation_id::text AS subject,
  format('reservation %s of event %s: seat %s is not held by it', r.reservation_id, r.event_id, r.seat_id) AS what
FROM seat_reservations r LEFT JOIN seats s ON s.id = r.seat_id AND s.reservation_id = r.reservation_id AND s.held_until > statement_timestamp()
WHERE r.status = 'HELD' AND r.expires_at > statement_timestamp() + interval '1 second' AND s.id IS NULL
  AND ($1::uuid[] IS NULL OR r.reservation_id = ANY ($1::uuid[]))
ORDER BY r.reservation_id LIMIT 1000`;

const wrongCapacity = `
SELECT 'wrong-capacity' AS check, e.id::text AS subject, format('event %s has a capacity of %s and %s seats', e.id, e.seats, n.seats) AS what
FROM events e CROSS JOIN LATERAL (SELECT count(*) AS seats FROM seats s WHERE s.event_id = e.id) n WHERE e.id = ANY ($1::uuid[]) AND n.seats <> e.seats`;

/** What must be true of seats and reservations at every moment. */
export const seatExaminations: Examination[] = [
  examined('seats sold twice', 'seat', 'booking', soldTwice),
  examined('seats without history', 'seat', 'booking', seatsWithoutHistory),
  examined('sales without seat', 'reservation', 'booking', salesWithoutSeat),
  examined('sold in part', 'reservation', 'booking', soldInPart),
  examined('limit per customer', 'reservation', 'booking', overLimit),
  examined('holds without seat', 'standing', 'booking', holdsWithoutSeat),
  examined('capacity', 'event', 'booking', wrongCapacity),
];

/** Of these seat locks (`event seat reservation`) those whose seat is not held by, or sold to, their reservation. */
export const locksWithoutOwner = `
SELECT lock.text AS subject FROM unnest($1::text[]) AS lock (text)
WHERE NOT EXISTS (
  SELECT FROM seats s WHERE s.id = split_part(lock.text, ' ', 2)::uuid AND s.event_id = split_part(lock.text, ' ', 1)::uuid
    AND s.reservation_id = split_part(lock.text, ' ', 3)::uuid AND (s.status = 'SOLD' OR s.held_until > statement_timestamp()))`;
