import type { PaymentConfirmed, PaymentRefunded, TicketCheckedIn } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import type { DayOfCategory } from '../domain/sales-report.ts';

// Each takes any number of messages with one statement. The first two go through the seats in order: a sale and a refund of one payment that arrive together
// would otherwise deadlock. What two messages of a batch say of one row is told once, for ON CONFLICT changes no row twice.

/** A fact and when it became one. */
type Told<Fact> = { fact: Fact; envelope: { occurredAt: string } };

/** One row per sold seat; a seat whose refund came first keeps it. A second time changes nothing. */
export async function keepSales(tx: Tx, told: readonly Told<z.output<typeof PaymentConfirmed.payload>>[]): Promise<void> {
  const seats = told.flatMap(({ fact, envelope }) =>
    // The service fee is one amount per seat, so it divides.
    fact.seats.map((seat) => ({ ...fact, ...seat, soldAt: envelope.occurredAt, seatFeeMinor: Math.floor(fact.feeMinor / fact.seats.length) })),
  );
  await query(
    tx,
    `insert into analytics (payment_id, seat_id, event_id, organisation_id, category, price_minor, sold_at, label, fee_minor)
     select distinct on (payment_id, seat_id) payment_id, seat_id, event_id, organisation_id, category, price_minor, sold_at, label, fee_minor
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::timestamptz[], $8::text[], $9::int[]) with ordinality
       as seat(payment_id, seat_id, event_id, organisation_id, category, price_minor, sold_at, label, fee_minor, n)
     order by payment_id, seat_id, n
     on conflict (payment_id, seat_id) do update
       set category = excluded.category, price_minor = excluded.price_minor, sold_at = excluded.sold_at,
         label = excluded.label, fee_minor = excluded.fee_minor
       where analytics.sold_at is null`,
    [
      ...[seats.map((seat) => seat.paymentId), seats.map((seat) => seat.seatId), seats.map((seat) => seat.eventId)],
      ...[seats.map((seat) => seat.organisationId), seats.map((seat) => seat.category), seats.map((seat) => seat.priceMinor)],
      ...[seats.map((seat) => seat.soldAt), seats.map((seat) => seat.label), seats.map((seat) => seat.seatFeeMinor)],
    ],
  );
}

/** Marks seats as given back, also those whose sale has not arrived yet. A second time changes nothing. */
export async function keepRefunds(tx: Tx, told: readonly Told<z.output<typeof PaymentRefunded.payload>>[]): Promise<void> {
  const seats = told.flatMap(({ fact, envelope }) => fact.seatIds.map((seatId) => ({ ...fact, seatId, refundedAt: envelope.occurredAt })));
  await query(
    tx,
    `insert into analytics (payment_id, seat_id, event_id, organisation_id, refunded_at, cancellation_id)
     select distinct on (payment_id, seat_id) payment_id, seat_id, event_id, organisation_id, refunded_at, cancellation_id
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::uuid[]) with ordinality
       as seat(payment_id, seat_id, event_id, organisation_id, refunded_at, cancellation_id, n)
     order by payment_id, seat_id, n
     on conflict (payment_id, seat_id) do update set refunded_at = excluded.refunded_at, cancellation_id = excluded.cancellation_id
       where analytics.refunded_at is null`,
    [
      ...[seats.map((seat) => seat.paymentId), seats.map((seat) => seat.seatId), seats.map((seat) => seat.eventId)],
      ...[seats.map((seat) => seat.organisationId), seats.map((seat) => seat.refundedAt), seats.map((seat) => seat.cancellationId)],
    ],
  );
}

/** What a refund's mail says of its seats: their labels, null for one that is not known, and the fees that were paid for them, in minor units. */
export type RefundedSeats = { labels: (string | null)[]; paidFeeMinor: number };
export async function seatsOfRefund(db: Database, paymentId: string, seatIds: readonly string[]): Promise<RefundedSeats> {
  const rows = await db.query<{ label: string | null; feeMinor: number }>(
    `select a.label, coalesce(a.fee_minor, 0) as "feeMinor" from unnest($2::uuid[]) with ordinality as s(seat_id, n)
     left join analytics a on a.payment_id = $1 and a.seat_id = s.seat_id order by s.n`,
    [paymentId, seatIds],
  );
  return { labels: rows.map(({ label }) => label), paidFeeMinor: rows.reduce((sum, { feeMinor }) => sum + feeMinor, 0) };
}

/** Somebody came in; a ticket counts once. */
export async function keepAttendance(tx: Tx, checkIns: readonly z.output<typeof TicketCheckedIn.payload>[]): Promise<void> {
  await query(
    tx,
    `insert into attendance (ticket_id, event_id, organisation_id, seat_id, category, gate, checked_in_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[])
       as came(ticket_id, event_id, organisation_id, seat_id, category, gate, checked_in_at) order by ticket_id
     on conflict (ticket_id) do nothing`,
    [
      ...[checkIns.map((one) => one.ticketId), checkIns.map((one) => one.eventId), checkIns.map((one) => one.organisationId)],
      ...[checkIns.map((one) => one.seatId), checkIns.map((one) => one.category), checkIns.map((one) => one.gate), checkIns.map((one) => one.at)],
    ],
  );
}

/**
 * Everything a report needs, per day and category, from one snapshot. Days are the event's own: PostgreSQL applies the zone with its daylight-saving rules
 * (a sale at 23:30 UTC in summer belongs to the next day of Atlantic/Canary). A refunded seat leaves the day it was sold on.
 */
export async function daysOfSale(db: Database, eventId: string, timeZone: string): Promise<{ asOf: Date; rows: DayOfCategory[] }> {
  const rows = await query<{ asOf: Date; day: string | null; category: string; sold: number; revenueMinor: number; checkedIn: number }>(
    db,
    `with facts as (
       select (sold_at at time zone $2)::date as day, category, 1 as sold, price_minor, 0 as checked_in
         from analytics where event_id = $1 and sold_at is not null and refunded_at is null
       union all
       select (checked_in_at at time zone $2)::date, category, 0, 0, 1 from attendance where event_id = $1
     ), days as (
       select day, category, sum(sold) as sold, sum(price_minor) as revenue_minor, sum(checked_in) as checked_in from facts group by day, category
     )
     select statement_timestamp() as "asOf", day::text as day, category, sold, revenue_minor as "revenueMinor", checked_in as "checkedIn"
     from (values (1)) as one left join days on true order by day, category`,
    [eventId, timeZone],
  );
  const [first] = rows;
  if (!first) throw new Error('A left join on one row answers at least one row.');
  return { asOf: first.asOf, rows: rows.flatMap(({ asOf: _, day, ...row }) => (day === null ? [] : [{ day, ...row }])) };
}
