import type { Sql } from './books.ts';

/** Money of one currency, in minor units. */
export type Sums = { currency: string; capturedMinor: number; refundedMinor: number; netMinor: number };
/** What was sold of one event, by the books of booking, ticketing and payment. `tickets` are those that let somebody in: seat, ticket and payment, sorted. */
export type EventFigures = {
  event: { eventId: string; organisationId: string; name: string; status: string; onSale: boolean; onSaleUntil: string; at: string };
  seats: { capacity: number; sold: number; held: number; blocked: number; available: number };
  ticketCounts: { active: number; used: number; cancelled: number };
  payments: { confirmed: number; refunded: number; sums: Sums[] };
  tickets: string[];
};

const eventSql = `
SELECT id::text AS "eventId", organisation_id::text AS "organisationId", name, status::text, to_json(on_sale_until) #>> '{}' AS "onSaleUntil",
  to_json(statement_timestamp()) #>> '{}' AS at, status = 'PUBLISHED' AND statement_timestamp() < on_sale_until AS "onSale", seats AS capacity
FROM events WHERE id = $1::uuid`;
const seatsSql = `
SELECT count(*) FILTER (WHERE status = 'SOLD')::int AS sold, count(*) FILTER (WHERE status = 'BLOCKED')::int AS blocked,
  count(*) FILTER (WHERE status = 'AVAILABLE' AND held_until > statement_timestamp())::int AS held,
  count(*) FILTER (WHERE status = 'AVAILABLE' AND (held_until IS NULL OR held_until <= statement_timestamp()))::int AS available
FROM seats WHERE event_id = $1::uuid`;

/** Undefined: booking knows no such event. */
export async function figuresOf(sql: Sql, eventId: string): Promise<EventFigures | undefined> {
  const [found] = await sql<EventFigures['event'] & { capacity: number }>('booking', eventSql, [eventId]);
  if (!found) return undefined;
  const { capacity, ...event } = found;
  const [seats] = await sql<Omit<EventFigures['seats'], 'capacity'>>('booking', seatsSql, [eventId]);
  if (!seats) throw new Error('A count answered nothing.');
  return { event, seats: { capacity, ...seats }, ...(await ticketsOf(sql, eventId)), payments: await paymentsOf(sql, eventId) };
}

const pageSize = 5_000;
const zero = '00000000-0000-0000-0000-000000000000';

// Tickets that ended have no index by event: they are counted by what was sold and returned, so the walk is over all tickets, by key.
const ticketsSql = `
SELECT id::text, event_id = $2::uuid AS mine, status, seat_id::text AS "seatId", payment_id::text AS "paymentId" FROM tickets
WHERE id > $1::uuid ORDER BY id LIMIT $3`;
type TicketRow = { id: string; mine: boolean; status: 'ACTIVE' | 'USED' | 'CANCELLED'; seatId: string; paymentId: string };

async function ticketsOf(sql: Sql, eventId: string): Promise<Pick<EventFigures, 'ticketCounts' | 'tickets'>> {
  const ticketCounts = { active: 0, used: 0, cancelled: 0 };
  const tickets: string[] = [];
  for await (const row of keyed<TicketRow>(sql, 'ticketing', ticketsSql, eventId)) {
    ticketCounts[row.status === 'ACTIVE' ? 'active' : row.status === 'USED' ? 'used' : 'cancelled'] += 1;
    if (row.status !== 'CANCELLED') tickets.push(`${row.seatId} ${row.id} ${row.paymentId}`);
  }
  return { ticketCounts, tickets: tickets.sort() };
}

const paymentsSql = `
SELECT t.id::text, t.event_id = $2::uuid AS mine, t.status, t.currency, CASE WHEN t.captured THEN t.amount_minor ELSE 0 END AS captured,
  CASE WHEN t.event_id = $2::uuid THEN (SELECT coalesce(sum(r.amount_minor), 0)::int FROM refunds r WHERE r.payment_id = t.id AND r.status = 'DONE') END AS refunded
FROM transactions t WHERE t.id > $1::uuid ORDER BY t.id LIMIT $3`;
type PaymentRow = { id: string; mine: boolean; status: string; currency: string; captured: number; refunded: number };

async function paymentsOf(sql: Sql, eventId: string): Promise<EventFigures['payments']> {
  const sums = new Map<string, Sums>();
  const counts = { confirmed: 0, refunded: 0 };
  for await (const { status, currency, captured, refunded } of keyed<PaymentRow>(sql, 'payment', paymentsSql, eventId)) {
    if (status === 'CONFIRMED') counts.confirmed += 1;
    if (refunded > 0) counts.refunded += 1;
    const sum = sums.get(currency) ?? { currency, capturedMinor: 0, refundedMinor: 0, netMinor: 0 };
    sum.capturedMinor += captured;
    sum.refundedMinor += refunded;
    sum.netMinor += captured - refunded;
    sums.set(currency, sum);
  }
  return { ...counts, sums: [...sums.values()].sort((a, b) => a.currency.localeCompare(b.currency)) };
}

/** The rows of an event in a table that has no index by event, a page of its key at a time: each statement is short, however long the table. */
async function* keyed<Row extends { id: string; mine: boolean }>(
  sql: Sql,
  service: 'payment' | 'ticketing',
  text: string,
  eventId: string,
): AsyncGenerator<Row> {
  for (let after: string | undefined = zero; after !== undefined; ) {
    const rows: Row[] = await sql<Row>(service, text, [after, eventId, pageSize]);
    yield* rows.filter(({ mine }) => mine);
    after = rows.length < pageSize ? undefined : rows.at(-1)?.id;
  }
}
