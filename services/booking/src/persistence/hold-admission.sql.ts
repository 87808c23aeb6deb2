import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@boxoffice/postgres';
import { Failed } from '@boxoffice/service-kit';
import type { AdmissionAttempt } from '../domain/admission.ts';
import { type AdmissionHints, admissionHints, allPlaces } from './admission-hints.ts';
import { lockCustomers } from './customer-lock.ts';

/** Who wants how many places of which area; the time is in milliseconds. */
export type AdmissionHold = { reservationId: string; userId: string; eventId: string; area: string; quantity: number; ttlMs: number };

/** SHORT: too few places were found; `free` of them are left when the others of the batch have got theirs. */
type Look = Exclude<AdmissionAttempt, { result: 'SOLD_OUT' }> | { result: 'SHORT'; free: number };

/** A crowd before a sold-out area reads it again and again; rests leave two thirds of a core to those who buy elsewhere. */
const longestRestMs = 100;

type Looking = { db: Database; hints: AdmissionHints };

/**
 * Two looks for places, each a batch: takes for each hold as many places of its area as it wants, free ones with low numbers, or none; earlier holds first. All
 * have one ttl and different customers. Answers in the order given.
 */
export interface AdmissionLooks {
  /** Is the first look worth its while, as far as this process knows? */
  hasPlaces(hold: AdmissionHold): boolean;
  /** Goes past what is likely to be taken and what others are just taking, so that processes do not queue up behind each other. Undefined: found too few. */
  first(holds: readonly AdmissionHold[]): Promise<(AdmissionAttempt | undefined)[]>;
  /**
   * Reads the whole area and waits for what others are just taking: nobody hears "sold out" while places are free. Rests twice as long as it reads. What fails
   * after others were held is `Failed`, for those must hear what they have.
   */
  last(holds: readonly AdmissionHold[]): Promise<(AdmissionAttempt | Failed)[]>;
}

/** The two looks of one process. */
export function admissionLooks(db: Database): AdmissionLooks {
  const looking = { db, hints: admissionHints() };
  let restUntil = 0;
  return {
    hasPlaces: (hold) => looking.hints.of(areaOf(hold)) < allPlaces,
    first: async (holds) => (await look(looking, holds, passingSql)).map((found) => (found.result === 'SHORT' ? undefined : found)),
    async last(holds) {
      const answers = new Map<AdmissionHold, AdmissionAttempt | Failed>();
      const restMs = restUntil - performance.now();
      if (restMs > 0) await delay(restMs);
      const began = performance.now();
      // One area at a time: its places are locked in the order of their ids, as everywhere; the areas of two events have no such order.
      for (const some of Map.groupBy(holds, areaOf).values()) {
        const attempts = await lastLook(looking, some).catch((error: unknown) => {
          if (answers.size === 0) throw error;
          return some.map(() => new Failed(error));
        });
        attempts.forEach((attempt, at) => void answers.set(some[at] as AdmissionHold, attempt));
      }
      restUntil = performance.now() + Math.min(longestRestMs, 2 * (performance.now() - began));
      return holds.map((hold) => answers.get(hold) as AdmissionAttempt | Failed); // each has one by now
    },
  };
}

async function lastLook(looking: Looking, holds: readonly AdmissionHold[]): Promise<(AdmissionAttempt | Failed)[]> {
  const looks = await look(looking, holds, waitingSql);
  // Lost only to one before it that wanted more than there is, and so got nothing.
  const again = new Set(holds.filter((hold, at) => hold.quantity <= freeIn(looks[at])));
  // Ends: the first of them gets its places or hears how few there are.
  const later = again.size > 0 ? await lastLook(looking, [...again]).catch((error: unknown) => [...again].map(() => new Failed(error))) : [];
  return looks.map((found, at) => {
    if (found.result !== 'SHORT') return found;
    return again.has(holds[at] as AdmissionHold) ? (later.shift() as AdmissionAttempt | Failed) : { result: 'SOLD_OUT', free: found.free };
  });
}

const areaOf = ({ eventId, area }: AdmissionHold): string => `${eventId} ${area}`;
const freeIn = (found: Look | undefined): number => (found?.result === 'SHORT' ? found.free : 0);

async function look({ db, hints }: Looking, holds: readonly AdmissionHold[], sql: string): Promise<Look[]> {
  const values = [
    holds.map((hold) => hold.reservationId),
    holds.map((hold) => hold.userId),
    holds.map((hold) => hold.eventId),
    holds.map((hold) => hold.area),
    holds.map((hold) => hold.quantity),
    holds.map((hold) => (sql === passingSql ? hints.of(areaOf(hold)) : 0)),
    `${holds[0]?.ttlMs ?? 0} milliseconds`,
  ];
  // The lock is a statement of its own: only then does the count of what a customer has stand on a snapshot taken after his earlier hold.
  const [, rows] = await db.pipeline([lockCustomers(holds.map((hold) => hold.userId)), { text: sql, values }]);
  const looks = rows as Look[]; // what the statement below answers
  holds.forEach((hold, at) => {
    const found = looks[at];
    if (found?.result === 'HELD') hints.took(areaOf(hold), found.seats);
    if (found?.result === 'SHORT' && sql === waitingSql) hints.nothingLeft(areaOf(hold));
  });
  return looks;
}

// $1 uuid[] reservation, $2 uuid[] customer, $3 uuid[] event, $4 text[] area, $5 int[] places and $6 int[] places to go past per group, $7 interval.
// Places are locked in the order of their numbers, which is that of their ids; what was free in the snapshot and is not any more falls out, and the next one is
// locked instead. Each group gets its share of what was found: the places `upto - n + 1` … `upto`.
const waitingSql = `
WITH grp AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[]) WITH ORDINALITY AS t (rid, uid, ev, area, n, past, g)),
event AS MATERIALIZED (
  SELECT e.id, e.status, e.organisation_id, e.on_sale_from, e.on_sale_until, e.max_seats_per_customer AS most, e.currency,
    statement_timestamp() >= e.on_sale_from AND statement_timestamp() < e.on_sale_until AS on_sale
  FROM events e WHERE e.id = ANY ($3::uuid[])),
judged AS MATERIALIZED (
  SELECT grp.*, e.currency, o.owned, a.first_ord, a.capacity, (SELECT true FROM seat_reservations r WHERE r.reservation_id = grp.rid LIMIT 1) IS NOT NULL AS known,
    e.status = 'PUBLISHED' AND e.on_sale AND o.owned + grp.n <= e.most AS may
  FROM grp LEFT JOIN event e ON e.id = grp.ev LEFT JOIN admission_areas a ON a.event_id = grp.ev AND a.name = grp.area
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS owned FROM seat_reservations r
    WHERE r.user_id = grp.uid AND r.event_id = grp.ev AND r.status <> 'RELEASED' AND (r.status = 'CONFIRMED' OR r.expires_at > statement_timestamp())) o),
fit AS MATERIALIZED (
  SELECT j.*, sum(j.n) OVER (PARTITION BY j.ev, j.area ORDER BY j.g) AS upto FROM judged j WHERE j.may AND NOT j.known AND j.first_ord IS NOT NULL),
need AS MATERIALIZED (
  SELECT f.ev, f.area, f.first_ord + least(max(f.past), f.capacity) AS low, f.first_ord + f.capacity AS high, sum(f.n) AS n
  FROM fit f GROUP BY f.ev, f.area, f.first_ord, f.capacity),
lck AS MATERIALIZED (
  SELECT need.ev, need.area, p.* FROM need CROSS JOIN LATERAL (
    SELECT s.id AS sid, s.ord, s.reservation_id AS prev, s.section, s.row_label, s.seat_label, s.category_id FROM seats s
    WHERE s.event_id = need.ev AND s.ord >= need.low AND s.ord < need.high AND s.status = 'AVAILABLE'
      AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())
    ORDER BY s.ord LIMIT need.n FOR NO KEY UPDATE OF s) p),
found AS MATERIALIZED (SELECT l.*, row_number() OVER (PARTITION BY l.ev, l.area ORDER BY l.ord) AS k FROM lck l),
got AS MATERIALIZED (SELECT ev, area, count(*) AS n FROM found GROUP BY ev, area),
won AS MATERIALIZED (SELECT f.* FROM fit f JOIN got ON got.ev = f.ev AND got.area = f.area WHERE f.upto <= got.n),
share AS MATERIALIZED (
  SELECT w.g, w.rid, w.uid, p.* FROM won w CROSS JOIN LATERAL generate_series(w.upto - w.n + 1, w.upto) AS i (k)
  JOIN found p ON p.ev = w.ev AND p.area = w.area AND p.k = i.k),
upd AS (
  UPDATE seats s SET reservation_id = h.rid, held_by = h.uid, held_until = statement_timestamp() + $7::interval FROM share h WHERE s.id = h.sid
  RETURNING s.id AS sid, h.g, h.rid, h.uid, h.ev, s.held_until AS until, h.prev, h.ord, h.section, h.row_label, h.seat_label, h.category_id),
priced AS MATERIALIZED (SELECT u.*, c.name AS category, c.price_minor FROM upd u JOIN event_categories c ON c.id = u.category_id),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = u.prev AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'),
ins AS (
  INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
  SELECT gen_random_uuid(), p.rid, p.ev, p.sid, p.uid, 'HELD', statement_timestamp(), p.until, p.price_minor FROM priced p),
held AS MATERIALIZED (
  SELECT p.g, min(p.until) AS until, json_agg(json_build_object('seatId', p.sid, 'section', p.section, 'rowLabel', p.row_label, 'seatLabel', p.seat_label,
    'category', p.category, 'priceMinor', p.price_minor) ORDER BY p.ord) AS seats
  FROM priced p GROUP BY p.g)
SELECT
  CASE WHEN h.g IS NOT NULL THEN 'HELD' WHEN j.known THEN 'KNOWN' WHEN NOT coalesce(j.may, false) THEN 'CLOSED'
    WHEN j.first_ord IS NULL THEN 'AREA_UNKNOWN' ELSE 'SHORT' END AS result,
  h.until AS "heldUntil", h.seats, j.currency,
  CASE WHEN h.g IS NULL AND j.may THEN (coalesce((SELECT got.n FROM got WHERE got.ev = j.ev AND got.area = j.area), 0)
    - coalesce((SELECT sum(w.n) FROM won w WHERE w.ev = j.ev AND w.area = j.area), 0))::int END AS free,
  CASE WHEN NOT coalesce(j.may, false) THEN (SELECT json_build_object('status', e.status, 'organisationId', e.organisation_id, 'onSale', e.on_sale,
    'onSaleFrom', e.on_sale_from, 'onSaleUntil', e.on_sale_until, 'maxSeats', e.most, 'owned', j.owned) FROM event e WHERE e.id = j.ev) END AS event
FROM judged j LEFT JOIN held h ON h.g = j.g ORDER BY j.g`;
const passingSql = waitingSql.replace('FOR NO KEY UPDATE OF s', 'FOR NO KEY UPDATE OF s SKIP LOCKED');
