import type { PaymentConfirmed, PaymentRefunded, TicketCheckedIn } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import type { DayOfCategory } from '../domain/sales-report.ts';

// Both statements go through the seats in id order: a sale and a refund of one payment that arrive together would otherwise deadlock.

/** One row per sold seat; a seat whose refund came first keeps it. A second time changes nothing. */
export async function keepSale(tx: Tx, sale: z.output<typeof PaymentConfirmed.payload>, soldAt: string): Promise<void> {
  await query(
    tx,
    `insert into analytics (payment_id, seat_id, event_id, organisation_id, category, price_minor, sold_at)
     select $1, seat.id, $2, $3, seat.category, seat.price_minor, $4
     from unnest($5::uuid[], $6::text[], $7::int[]) as seat(id, category, price_minor) order by seat.id
     on conflict (payment_id, seat_id) do update
       set category = excluded.category, price_minor = excluded.price_minor, sold_at = excluded.sold_at
       where analytics.sold_at is null`,
    [
      sale.paymentId,
      sale.eventId,
      sale.organisationId,
      soldAt,
      sale.seats.map((seat) => seat.seatId),
      sale.seats.map((seat) => seat.category),
      sale.seats.map((seat) => seat.priceMinor),
    ],
  );
}

/** Marks seats as given back, also those whose sale has not arrived yet. A second time changes nothing. */
export async function keepRefund(tx: Tx, refund: z.output<typeof PaymentRefunded.payload>, refundedAt: string): Promise<void> {
  await query(
    tx,
    `insert into analytics (payment_id, seat_id, event_id, organisation_id, refunded_at)
     select $1, seat_id, $2, $3, $4 from unnest($5::uuid[]) as seat_id order by seat_id
     on conflict (payment_id, seat_id) do update set refunded_at = excluded.refunded_at where analytics.refunded_at is null`,
    [refund.paymentId, refund.eventId, refund.organisationId, refundedAt, refund.seatIds],
  );
}

/** Somebody came in; a ticket counts once. */
export async function keepAttendance(tx: Tx, checkIn: z.output<typeof TicketCheckedIn.payload>): Promise<void> {
  await query(
    tx,
    `insert into attendance (ticket_id, event_id, organisation_id, seat_id, category, gate, checked_in_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (ticket_id) do nothing`,
    [checkIn.ticketId, checkIn.eventId, checkIn.organisationId, checkIn.seatId, checkIn.category, checkIn.gate, checkIn.at],
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
