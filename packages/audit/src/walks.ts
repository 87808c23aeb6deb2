import type { AuditedService, Kind, Sql } from './books.ts';
import { saleSubject } from './sales.ts';

/** Ids to examine, a few thousand at most. */
export type Page = { kind: Kind; subjects: string[] };

const first = '00000000-0000-0000-0000-000000000000';
const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Rows per statement: bounds memory, and how long a statement runs. */
const pageSize = 1_000;

/** A place in an index of two columns, as text. */
type Place = { k1: string; k2: string };
type Walk<Row> = { service: AuditedService; text: string; pagesOf(rows: (Row & Place)[]): Page[] };

/** Follows an index from after a place to its end, a page at a time. $1, $2 the place, $3 the last first column, $4 rows. */
async function* follow<Row>(sql: Sql, { service, text, pagesOf }: Walk<Row>, { from, to }: { from: Place; to: string }): AsyncGenerator<Page> {
  for (let after: Place | undefined = from; after !== undefined; ) {
    const rows: (Row & Place)[] = await sql<Row & Place>(service, text, [after.k1, after.k2, to, pageSize]);
    yield* pagesOf(rows);
    after = rows.length < pageSize ? undefined : rows.at(-1);
  }
}

const page = (kind: Kind, subjects: readonly string[]): Page => ({ kind, subjects: [...new Set(subjects)] });

const events: Walk<object> = {
  service: 'booking',
  text: `SELECT id::text AS k1, $2::text AS k2 FROM events WHERE id > $1::uuid AND id <= $3::uuid ORDER BY id LIMIT $4`,
  pagesOf: (rows) => [page('event', ids(rows))],
};
const ids = (rows: readonly Place[]) => rows.map(({ k1 }) => k1);

const seats: Walk<{ id: string }> = {
  service: 'booking',
  text: `SELECT event_id::text AS k1, ord::text AS k2, id::text FROM seats
    WHERE (event_id, ord) > ($1::uuid, $2::int) AND event_id <= $3::uuid ORDER BY event_id, ord LIMIT $4`,
  pagesOf: (rows) => [page('seat', idsIn(rows))],
};
const idsIn = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

const sales: Walk<{ reservationId: string; paymentId: string }> = {
  service: 'booking',
  text: `SELECT event_id::text AS k1, seat_id::text AS k2, reservation_id::text AS "reservationId", payment_id::text AS "paymentId" FROM seat_reservations
    WHERE status = 'CONFIRMED' AND (event_id, seat_id) > ($1::uuid, $2::uuid) AND event_id <= $3::uuid ORDER BY event_id, seat_id LIMIT $4`,
  pagesOf: (rows) => [reservationsOf(rows), salesOf(rows)],
};
const reservationsOf = (rows: readonly { reservationId: string }[]): Page =>
  page(
    'reservation',
    rows.map(({ reservationId }) => reservationId),
  );
const salesOf = (rows: readonly { paymentId: string; reservationId: string }[]): Page =>
  page(
    'sale',
    rows.map(({ paymentId, reservationId }) => saleSubject(paymentId, reservationId)),
  );

const tickets: Walk<{ id: string; paymentId: string; reservationId: string }> = {
  service: 'ticketing',
  text: `SELECT event_id::text AS k1, seat_id::text AS k2, id::text, payment_id::text AS "paymentId", reservation_id::text AS "reservationId" FROM tickets
    WHERE status <> 'CANCELLED' AND refunded_at IS NULL AND (event_id, seat_id) > ($1::uuid, $2::uuid) AND event_id <= $3::uuid ORDER BY event_id, seat_id LIMIT $4`,
  pagesOf: (rows) => [page('ticket', idsIn(rows)), salesOf(rows)],
};

// By key alone: payment has no index by event, and none is worth its price for an audit.
type PaymentRow = { eventId: string; status: string; reservationId: string };
const payments = (event?: string): Walk<PaymentRow> => ({
  service: 'payment',
  text: `SELECT id::text AS k1, $2::text AS k2, event_id::text AS "eventId", status, reservation_id::text AS "reservationId" FROM transactions
    WHERE id > $1::uuid AND id <= $3::uuid ORDER BY id LIMIT $4`,
  pagesOf: (rows) => {
    const paid = rows.filter(({ status, eventId }) => (status === 'CONFIRMED' || status === 'REFUNDED') && (event ?? eventId) === eventId);
    return [page('payment', ids(paid)), salesOf(paid.map(({ k1, reservationId }) => ({ paymentId: k1, reservationId })))];
  },
});

const charges: Walk<object> = {
  service: 'payment',
  text: `SELECT key AS k1, $2::text AS k2 FROM test_provider_charges WHERE key > $1 AND key <= $3 ORDER BY key LIMIT $4`,
  pagesOf: (rows) => [page('charge', ids(rows))],
};

const start = { k1: first, k2: '' };

/** Everything there is, or everything of one event, by the keys of four databases: each sale is met from booking, payment and ticketing. */
export async function* everything(sql: Sql, event?: string): AsyncGenerator<Page> {
  const from = event ?? first;
  const to = event ?? last;
  if (event === undefined) yield* follow(sql, events, { from: start, to });
  else yield page('event', [event]);
  yield* follow(sql, seats, { from: { k1: from, k2: '-1' }, to });
  yield* follow(sql, sales, { from: { k1: from, k2: first }, to });
  yield* follow(sql, payments(event), { from: start, to: last });
  yield* follow(sql, tickets, { from: { k1: from, k2: first }, to });
  if (event === undefined) yield* follow(sql, charges, { from: { k1: '', k2: '' }, to: '\u{10ffff}' });
}
