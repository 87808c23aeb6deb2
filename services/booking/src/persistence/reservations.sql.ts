import { type Database, query, type Statement, type Tx } from '@boxoffice/postgres';
import type { ReservationSeat } from '../domain/reservation.ts';

/** The seats of these reservations, each reservation's in plan order, each seat with its state by the database's clock. */
export const readSeatsOfReservations = (reservationIds: readonly string[]): Statement => ({
  text: `${selectSeats} WHERE r.reservation_id = ANY ($1::uuid[]) ORDER BY r.reservation_id, s.ord`,
  values: [reservationIds],
});
export const seatsOfReservations = (db: Database | Tx, reservationIds: readonly string[]): Promise<ReservationSeat[]> => {
  const { text, values } = readSeatsOfReservations(reservationIds);
  return query<ReservationSeat>(db, text, values);
};

/** The seats of a customer's newest reservations, newest reservation first. */
export const recentReservationSeats = (db: Database, userId: string, limit: number): Promise<ReservationSeat[]> =>
  query<ReservationSeat>(db, recentSql, [userId, limit]);

/** Whose a reservation is, and its event and seats. */
export type ReservationOwner = { userId: string; eventId: string; seatIds: string[] };
export const ownersOf = (db: Database | Tx, reservationIds: readonly string[]): Promise<(ReservationOwner & { reservationId: string })[]> =>
  query(db, ownersSql, [reservationIds]);

const ownersSql = `
SELECT r.reservation_id::text AS "reservationId", r.user_id::text AS "userId", r.event_id::text AS "eventId", array_agg(r.seat_id::text) AS "seatIds"
FROM seat_reservations r WHERE r.reservation_id = ANY ($1::uuid[]) GROUP BY r.reservation_id, r.user_id, r.event_id`;

// A hold whose time is over reads as RELEASED (expired) at once; the reaper only writes it down.
const selectSeats = `
SELECT r.reservation_id::text AS "reservationId", r.event_id::text AS "eventId", r.user_id::text AS "userId", r.seat_id::text AS "seatId",
  CASE WHEN r.status = 'HELD' AND r.expires_at <= statement_timestamp() THEN 'RELEASED' ELSE r.status::text END AS status,
  CASE WHEN r.status = 'HELD' AND r.expires_at <= statement_timestamp() THEN 'expired' ELSE r.release_reason END AS "releaseReason",
  r.expires_at AS "expiresAt", r.price_minor + r.fee_minor AS "priceMinor",
  s.section, s.row_label AS "rowLabel", s.seat_label AS "seatLabel", c.name AS category, s.kind, e.currency, e.organisation_id::text AS "organisationId"
FROM seat_reservations r JOIN seats s ON s.id = r.seat_id JOIN event_categories c ON c.id = s.category_id JOIN events e ON e.id = r.event_id`;

const recentSql = `
WITH recent AS MATERIALIZED (
  SELECT reservation_id AS rid, max(held_at) AS at FROM seat_reservations WHERE user_id = $1 GROUP BY reservation_id ORDER BY max(held_at) DESC LIMIT $2)
${selectSeats} JOIN recent ON recent.rid = r.reservation_id
ORDER BY recent.at DESC, r.reservation_id, s.ord`;
