import type { Books, Examination } from './books.ts';
import { compareSale, type Paid, type Sold, type Ticketed } from './compare-sales.ts';

// A subject is `payment/reservation`: booking finds sales by reservation, the others by payment. What only said its payment leaves the second half empty,
// and the reservation is learnt from payment or ticketing.

/** The subject of one payment. */
export const saleSubject = (paymentId: string, reservationId = ''): string => `${paymentId}/${reservationId}`;
const paymentOf = (subject: string) => subject.split('/', 1)[0] ?? '';
const reservationOf = (subject: string) => subject.slice(subject.indexOf('/') + 1);

const paidSql = `
SELECT t.id::text AS "paymentId", t.reservation_id::text AS "reservationId", t.status, r.done > 0 AS refunded, r.moving > 0 AS refunding,
  (CASE WHEN t.captured THEN t.taken - t.fee_minor ELSE 0 END - r.prices)::float8 AS "netMinor", (t.taken - r.everything)::float8 AS "keptMinor", t.fee_minor::float8 AS "feeMinor",
  ARRAY(SELECT seat::text FROM refunds o, unnest(o.seat_ids) AS seat WHERE o.payment_id = t.id AND o.status <> 'DONE' AND o.step <> 'SETTLED') AS "goingBack",
  (extract(epoch FROM statement_timestamp() - greatest(t.updated_at, r.at)) * 1000)::float8 AS "quietMs"
FROM (SELECT *, CASE WHEN captured THEN amount_minor ELSE 0 END AS taken FROM transactions) t CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status = 'DONE') AS done, count(*) FILTER (WHERE status = 'PENDING') AS moving,
    coalesce(sum(amount_minor - fee_minor) FILTER (WHERE status = 'DONE' AND kind <> 'amount'), 0) AS prices,
    coalesce(sum(amount_minor) FILTER (WHERE status = 'DONE'), 0) AS everything, max(greatest(done_at, step_since)) AS at
  FROM refunds WHERE payment_id = t.id) r
WHERE t.id = ANY ($1::uuid[])`;

const ticketedSql = `
SELECT t.payment_id::text AS "paymentId", min(t.reservation_id::text) AS "reservationId",
  coalesce(array_agg(t.seat_id::text) FILTER (WHERE t.status = 'ACTIVE' OR (t.status = 'USED' AND r.seat_id IS NULL)), '{}') AS living,
  coalesce(array_agg(t.seat_id::text) FILTER (WHERE t.status = 'CANCELLED' AND t.cancel_reason = 'event-cancelled'
    OR t.status = 'USED' AND r.seat_id IS NOT NULL), '{}') AS excused,
  (extract(epoch FROM statement_timestamp() - max(t.created_at)) * 1000)::float8 AS "quietMs"
FROM tickets t LEFT JOIN refunded_seats r ON r.payment_id = t.payment_id AND r.seat_id = t.seat_id
WHERE t.payment_id = ANY ($1::uuid[]) GROUP BY t.payment_id`;

const soldSql = `
SELECT payment_id::text AS "paymentId", reservation_id::text AS "reservationId", min(event_id::text) AS "eventId", array_agg(seat_id::text ORDER BY seat_id) AS "seatIds",
  sum(price_minor + fee_minor)::float8 AS "priceMinor", (extract(epoch FROM statement_timestamp() - max(confirmed_at)) * 1000)::float8 AS "quietMs"
FROM seat_reservations WHERE reservation_id = ANY ($1::uuid[]) AND status IS NOT DISTINCT FROM 'CONFIRMED' GROUP BY payment_id, reservation_id`;

const keyed = <T extends { paymentId: string }>(rows: readonly T[]) => new Map(rows.map((row) => [row.paymentId, row]));

/** Seats, money and tickets of each payment tell the same story (I5, I6). */
export const salesExamination: Examination = {
  name: 'sales',
  kind: 'sale',
  async examine(books, subjects) {
    const given = new Map((subjects ?? []).map((subject) => [paymentOf(subject), reservationOf(subject)]));
    const stories = await storiesOf(books, [...given.keys()], [...given.values()]);
    return stories.flatMap((story) =>
      compareSale(story, books.graceMs).map((found) => ({
        ...found,
        examination: 'sales',
        subject: saleSubject(story.paymentId, given.get(story.paymentId) || story.paid?.reservationId),
      })),
    );
  },
};

async function storiesOf({ sql }: Books, paymentIds: string[], reservationIds: string[]) {
  const paid = keyed(await sql<Paid>('payment', paidSql, [paymentIds]));
  const ticketed = keyed(await sql<Ticketed & { reservationId: string }>('ticketing', ticketedSql, [paymentIds]));
  const known = [...paid.values(), ...ticketed.values()].map(({ reservationId }) => reservationId);
  const reservations = [...new Set([...reservationIds, ...known])].filter((id) => id !== '');
  const sold = keyed(await sql<Sold>('booking', soldSql, [reservations]));
  return paymentIds.map((paymentId) => ({
    paymentId,
    paid: paid.get(paymentId),
    sold: sold.get(paymentId),
    ticketed: ticketed.get(paymentId),
  }));
}
