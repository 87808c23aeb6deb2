import type { Database } from '@boxoffice/postgres';

/** A "no" that a buyer heard: to how many neighbours, and when, in milliseconds of the epoch. */
export type HeardNo = { quantity: number; at: number };

/**
 * How many of these answers were certainly wrong, in an event where nothing is ever given back: some run of as many neighbours was untouched by every hold
 * that had so much as begun when the answer arrived, so it was free all the time the answer was being made.
 */
export async function falseNos(db: Database, eventId: string, nos: readonly HeardNo[]): Promise<number> {
  const values = [eventId, nos.map((no) => no.quantity), nos.map((no) => no.at + 1)]; // a millisecond is the clock's grain
  const [found] = await db.query<{ wrong: number }>(falseNosSql, values);
  return found?.wrong ?? Number.NaN;
}

export type Seating = { groups: number; splitGroups: number; aloneFree: number; togetherFree: number; free: number };
/** How the hall is filled: reservations, those whose seats are not all side by side, and the free seats: without a free neighbour, with one, all. */
export async function seatingOf(db: Database, eventId: string): Promise<Seating | undefined> {
  const [found] = await db.query<Seating>(seatingSql, [eventId]);
  return found;
}

// Neighbours by the positions on the plan, worked out here anew: in a row, no further apart than 1.5 times its usual distance.
const placed = `
step AS (
  SELECT s.id, s.section, s.row_no, s.place, s.status, s.held_until, s.reservation_id,
    sqrt(power(s.x - lag(s.x) OVER w, 2) + power(s.y - lag(s.y) OVER w, 2)) AS length
  FROM seats s WHERE s.event_id = $1 WINDOW w AS (PARTITION BY s.section, s.row_no ORDER BY s.place)),
usual AS (SELECT section, row_no, percentile_disc(0.5) WITHIN GROUP (ORDER BY length) AS length FROM step GROUP BY section, row_no),
placed AS MATERIALIZED (
  SELECT step.*, count(*) FILTER (WHERE step.length > 1.5 * usual.length) OVER (PARTITION BY section, row_no ORDER BY place) AS run,
    row_number() OVER (PARTITION BY section, row_no ORDER BY place) AS nth
  FROM step JOIN usual USING (section, row_no))`;

const falseNosSql = `
WITH ${placed},
first_hold AS MATERIALIZED (SELECT seat_id, min(held_at) AS at FROM seat_reservations WHERE event_id = $1 GROUP BY seat_id),
no AS (SELECT * FROM unnest($2::int[], $3::float8[]) WITH ORDINALITY AS t (quantity, at, k)),
free AS (
  SELECT no.k, no.quantity, p.section, p.row_no, p.run, p.nth - row_number() OVER (PARTITION BY no.k, p.section, p.row_no, p.run ORDER BY p.nth) AS island
  FROM no CROSS JOIN placed p LEFT JOIN first_hold h ON h.seat_id = p.id
  WHERE h.at IS NULL OR h.at > to_timestamp(no.at / 1000)),
wrong AS (SELECT k FROM free GROUP BY k, quantity, section, row_no, run, island HAVING count(*) >= quantity)
SELECT count(DISTINCT k)::int AS wrong FROM wrong`;

const seatingSql = `
WITH ${placed},
free AS (
  SELECT section, row_no, run, nth - row_number() OVER (PARTITION BY section, row_no, run ORDER BY nth) AS island
  FROM placed WHERE status = 'AVAILABLE' AND (held_until IS NULL OR held_until <= statement_timestamp())),
islands AS (SELECT count(*) AS seats FROM free GROUP BY section, row_no, run, island),
groups AS (
  SELECT r.reservation_id, count(DISTINCT (p.section, p.row_no, p.run)) > 1 OR max(p.nth) - min(p.nth) + 1 <> count(*) AS split
  FROM seat_reservations r JOIN placed p ON p.id = r.seat_id WHERE r.status <> 'RELEASED' GROUP BY r.reservation_id)
SELECT
  (SELECT count(*) FROM groups)::int AS groups, (SELECT count(*) FROM groups WHERE split)::int AS "splitGroups",
  (SELECT count(*) FROM islands WHERE seats = 1)::int AS "aloneFree", (SELECT count(*) FROM islands WHERE seats > 1)::int AS "togetherFree",
  (SELECT count(*) FROM free)::int AS free`;
