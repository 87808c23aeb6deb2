import type { PaymentConfirmed } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

/** Whose a paid order is. */
export type Order = { paymentId: string; userId: string; eventId: string; organisationId: string };

/** Remembers whose these payments are. */
export async function keepOrders(tx: Tx, payments: readonly z.output<typeof PaymentConfirmed.payload>[]): Promise<void> {
  const column = (name: keyof Order) => payments.map((payment) => payment[name]);
  await query(
    tx,
    `insert into orders (payment_id, user_id, event_id, organisation_id)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) as told(payment_id, user_id, event_id, organisation_id) order by payment_id
     on conflict (payment_id) do nothing`,
    [column('paymentId'), column('userId'), column('eventId'), column('organisationId')],
  );
}

/** An order of this user or of one of these organisations; undefined for a stranger, as if it did not exist. */
export async function findOrder(db: Database, asked: { paymentId: string; userId: string; organisationIds: string[] }): Promise<Order | undefined> {
  const [order] = await db.query<Order>(
    `select payment_id as "paymentId", user_id as "userId", event_id as "eventId", organisation_id as "organisationId" from orders
     where payment_id = $1 and (user_id = $2 or organisation_id = any ($3::uuid[]))`,
    [asked.paymentId, asked.userId, asked.organisationIds],
  );
  return order;
}

/** The mails with tickets that people asked for again within the last hour, by the database's clock: how many, and when the oldest of the last `most` leaves the hour. */
export async function resentWithinTheHour(tx: Tx, paymentId: string, most: number): Promise<{ resent: number; waitSeconds: number }> {
  await query(tx, 'select from orders where payment_id = $1 for update', [paymentId]); // two who ask at once are counted one after the other
  const [row] = await query<{ resent: number; waitSeconds: number }>(
    tx,
    `with asked as (
       select created_at from notifications
       where kind = 'tickets' and payment_id = $1 and cause_id <> payment_id and created_at > statement_timestamp() - interval '1 hour'
       order by created_at desc limit $2)
     select count(*)::int as resent,
       greatest(1, ceil(extract(epoch from min(created_at) + interval '1 hour' - statement_timestamp())))::int as "waitSeconds" from asked`,
    [paymentId, most],
  );
  return { resent: row?.resent ?? 0, waitSeconds: row?.waitSeconds ?? 1 };
}

/** Which of these customers have, or had until it was cancelled, paid seats of these events, as `user event`. */
export async function holdersOfSeats(tx: Tx, asked: readonly { userId: string; eventId: string }[]): Promise<Set<string>> {
  const rows = await query<{ userId: string; eventId: string }>(
    tx,
    `select distinct o.user_id as "userId", o.event_id as "eventId" from unnest($1::uuid[], $2::uuid[]) as q(user_id, event_id)
     join orders o on o.user_id = q.user_id and o.event_id = q.event_id
     join analytics a on a.payment_id = o.payment_id and a.sold_at is not null and (a.refunded_at is null or a.cancellation_id is not null)`,
    [asked.map(({ userId }) => userId), asked.map(({ eventId }) => eventId)],
  );
  return new Set(rows.map(({ userId, eventId }) => `${userId} ${eventId}`));
}
