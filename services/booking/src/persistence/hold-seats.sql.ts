import type { Database, Statement } from '@boxoffice/postgres';
import { Failed } from '@boxoffice/service-kit';
import type { HeldSeat, HoldAttempt } from '../domain/hold.ts';
import { lockCustomers } from './customer-lock.ts';

/** Who wants which seats; `seatIds` are distinct, the time is in milliseconds. */
export type Hold = { reservationId: string; userId: string; eventId: string; seatIds: string[]; ttlMs: number };

/** RETRY: lost only to a hold of the same batch that itself lost; for a moment nobody has locked its seats, as if it came now. */
type BatchAttempt = HoldAttempt | { result: 'RETRY' };

/**
 * Takes for each group every wanted seat or none, and again for those that lost only to losers: of two that want a seat the earlier one gets it. All have one
 * ttl and different customers. Answers in the order given; what fails after others were held is `Failed`, for those must hear what they have.
 */
export async function holdSeats(db: Database, holds: readonly Hold[]): Promise<(HoldAttempt | Failed)[]> {
  const attempts = await holdBatch(db, holds);
  const again = holds.filter((_, at) => attempts[at]?.result === 'RETRY');
  if (again.length === 0) return attempts as HoldAttempt[]; // none is RETRY
  if (again.length === holds.length) throw new Error('the first of a batch cannot lose to one before it'); // and so each turn is smaller
  const later = await holdSeats(db, again).catch((error: unknown) => again.map(() => new Failed(error)));
  return attempts.map((attempt) => (attempt.result === 'RETRY' ? (later.shift() as HoldAttempt | Failed) : attempt)); // one answer for each
}

/**
 * Takes for each group every wanted seat or none, when its event is on sale by the database's clock and the customer stays within the event's limit; closes
 * the history of holders whose time is over.
 */
async function holdBatch(db: Database, holds: readonly Hold[]): Promise<BatchAttempt[]> {
  const [, rows] = await db.pipeline(holdStatements(holds));
  return attemptsOf(rows as HoldRow[]); // what the statement below answers
}

/** A row of the second statement: one for each seat of a group that is HELD, one for each other group, in the order of the groups. */
export type HoldRow = HeldSeat & { g: number } & (
    | Exclude<BatchAttempt, { result: 'HELD' }>
    | Omit<Extract<HoldAttempt, { result: 'HELD' }>, 'seats'>
  );

/** The attempts that these rows tell of, one for each group. */
export function attemptsOf(rows: readonly HoldRow[]): BatchAttempt[] {
  const attempts: BatchAttempt[] = [];
  let last: { g: number; seats: HeldSeat[] } | undefined;
  for (const row of rows) {
    if (row.result !== 'HELD') {
      attempts.push(row);
      continue;
    }
    const { g, result, heldUntil, currency, seatId, section, rowLabel, seatLabel, category, priceMinor } = row;
    if (last?.g !== g) {
      last = { g, seats: [] };
      attempts.push({ result, heldUntil, currency, seats: last.seats });
    }
    last.seats.push({ seatId, section, rowLabel, seatLabel, category, priceMinor });
  }
  return attempts;
}

/** The same as two statements of one transaction; the second answers HoldRows. */
export function holdStatements(holds: readonly Hold[]): [Statement, Statement] {
  const values = [
    holds.flatMap((hold, at) => hold.seatIds.map(() => at + 1)),
    holds.flatMap((hold) => hold.seatIds),
    holds.map((hold) => hold.reservationId),
    holds.map((hold) => hold.userId),
    holds.map((hold) => hold.eventId),
    holds.map((hold) => hold.seatIds.length),
    `${holds[0]?.ttlMs ?? 0} milliseconds`,
  ];
  // The lock is a statement of its own: only then does the count of what a customer has stand on a snapshot taken after his earlier hold.
  return [lockCustomers(holds.map((hold) => hold.userId)), { text: holdSql, values }];
}

// $1 int[] group (from 1) per wanted seat, $2 uuid[] wanted seat, $3 uuid[] reservation, $4 uuid[] customer, $5 uuid[] event and $6 int[] seats per group, $7 interval.
// Seats are locked in id order; after a wait READ COMMITTED re-checks status and held_until on the newest version: of two buyers the second finds the seat taken.
// Rows carry what comes later needs, and a seat is looked up for each wish: a join of two CTEs would be a nested loop, for Postgres takes each for ten rows.
const holdSql = `
WITH event AS MATERIALIZED (
  SELECT e.id, e.status, e.organisation_id, e.on_sale_from, e.on_sale_until, e.max_seats_per_customer AS most, e.currency,
    statement_timestamp() >= e.on_sale_from AND statement_timestamp() < e.on_sale_until AS on_sale
  FROM events e WHERE e.id = ANY ($5::uuid[])),
judged AS MATERIALIZED (
  SELECT grp.*, e.currency, o.owned, (SELECT true FROM seat_reservations r WHERE r.reservation_id = grp.rid LIMIT 1) IS NOT NULL AS known,
    e.status = 'PUBLISHED' AND e.on_sale AND o.owned + grp.n <= e.most AS may
  FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[]) WITH ORDINALITY AS grp (rid, uid, ev, n, g) LEFT JOIN event e ON e.id = grp.ev
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS owned FROM seat_reservations r
    WHERE r.user_id = grp.uid AND r.event_id = grp.ev AND r.status <> 'RELEASED' AND (r.status = 'CONFIRMED' OR r.expires_at > statement_timestamp())) o),
lck AS MATERIALIZED (
  SELECT f.*, s.*, min(f.g) OVER (PARTITION BY f.sid) AS first
  FROM (
    SELECT w.sid, j.g, j.rid, j.uid, j.ev, j.n FROM unnest($1::int[], $2::uuid[]) AS w (g, sid) JOIN judged j ON j.g = w.g
    WHERE j.may AND NOT j.known ORDER BY w.sid) f
  CROSS JOIN LATERAL (
    SELECT s.reservation_id AS prev, s.ord, s.section, s.row_label, s.seat_label, c.name AS category, c.price_minor
    FROM seats s JOIN event_categories c ON c.id = s.category_id
    WHERE s.id = f.sid AND s.event_id = f.ev AND s.row_label <> '' AND s.status = 'AVAILABLE'
      AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())
    FOR NO KEY UPDATE OF s) s),
tried AS MATERIALIZED (
  SELECT l.*, count(*) OVER own = l.n AS whole, count(*) OVER own = l.n AND bool_and(l.first = l.g) OVER own AS won
  FROM lck l WINDOW own AS (PARTITION BY l.g)),
upd AS (
  UPDATE seats s SET reservation_id = t.rid, held_by = t.uid, held_until = statement_timestamp() + $7::interval FROM tried t WHERE s.id = t.sid AND t.won
  RETURNING s.held_until AS until, t.sid, t.g, t.rid, t.uid, t.ev, t.prev, t.ord, t.section, t.row_label, t.seat_label, t.category, t.price_minor),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = ANY (ARRAY(SELECT prev FROM lck WHERE prev IS NOT NULL)) AND r.reservation_id = u.prev AND r.seat_id = u.sid
    AND r.status IS NOT DISTINCT FROM 'HELD'),
ins AS (
  INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
  SELECT gen_random_uuid(), u.rid, u.ev, u.sid, u.uid, 'HELD', statement_timestamp(), u.until, u.price_minor FROM upd u)
SELECT
  CASE WHEN h.g IS NOT NULL THEN 'HELD' WHEN j.known THEN 'KNOWN' WHEN NOT coalesce(j.may, false) THEN 'CLOSED'
    WHEN EXISTS (SELECT FROM tried t WHERE t.g = j.g AND t.whole)
      AND NOT EXISTS (SELECT FROM tried t JOIN tried rival ON rival.g = t.first AND rival.won WHERE t.g = j.g) THEN 'RETRY'
    ELSE 'TAKEN' END AS result,
  j.g, h.until AS "heldUntil", j.currency, h.sid AS "seatId", h.section, h.row_label AS "rowLabel", h.seat_label AS "seatLabel", h.category,
  h.price_minor AS "priceMinor",
  CASE WHEN h.g IS NULL AND j.may THEN ARRAY(SELECT l.sid::text FROM lck l WHERE l.g = j.g) END AS free,
  CASE WHEN NOT coalesce(j.may, false) THEN (SELECT json_build_object('status', e.status, 'organisationId', e.organisation_id, 'onSale', e.on_sale,
    'onSaleFrom', e.on_sale_from, 'onSaleUntil', e.on_sale_until, 'maxSeats', e.most, 'owned', j.owned) FROM event e WHERE e.id = j.ev) END AS event
FROM judged j LEFT JOIN upd h ON h.g = j.g ORDER BY j.g, h.ord`;
