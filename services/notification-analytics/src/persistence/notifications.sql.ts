import { type Database, hintAfterCommit, query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Notification } from '../domain/notification.ts';

/** Channel of the hint that mails are due; the payload is empty. */
export const mailDueChannel = 'mail_due';

/** Mails to write, once per (kind, causeId); wakes the senders of every replica after the transaction has committed. Answers the ids of the new ones. */
export async function keepNotifications(tx: Tx, notifications: readonly Notification[]): Promise<string[]> {
  if (notifications.length === 0) return [];
  const column = <K extends keyof Notification>(name: K) => notifications.map((notification) => notification[name]);
  const rows = await query<{ id: string }>(
    tx,
    `insert into notifications (id, kind, user_id, event_id, payment_id, cause_id, facts)
     select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[])
       as told(id, kind, user_id, event_id, payment_id, cause_id, facts) order by kind, cause_id
     on conflict (kind, cause_id) do nothing returning id`,
    [
      notifications.map(() => newId()),
      ...[column('kind'), column('userId'), column('eventId'), column('paymentId'), column('causeId')],
      notifications.map(({ facts }) => JSON.stringify(facts)),
    ],
  );
  hintAfterCommit(tx, mailDueChannel);
  return rows.map(({ id }) => id);
}

/**
 * Remembers tickets and answers how many of each of their payments are known now. The advisory locks, taken in one order, put tickets of one payment in a
 * line: two replicas that each add one (a rebalance) would otherwise not see the other's, and no mail would go.
 */
export async function countTickets(tx: Tx, tickets: readonly { ticketId: string; paymentId: string }[]): Promise<Map<string, number>> {
  const paymentIds = [...new Set(tickets.map(({ paymentId }) => paymentId))];
  await query(
    tx,
    `select pg_advisory_xact_lock(hash)
     from (select distinct hashtextextended(id, 0) as hash from unnest($1::text[]) as id order by hash offset 0) as locks`,
    [paymentIds],
  );
  // What the statement inserts it does not see: those are added.
  const rows = await query<{ paymentId: string; known: number }>(
    tx,
    `with told as (
       insert into payment_tickets (ticket_id, payment_id) select * from unnest($1::uuid[], $2::uuid[]) as t(ticket_id, payment_id) order by ticket_id
       on conflict (ticket_id) do nothing returning payment_id
     )
     select payment_id as "paymentId", count(*) as known
     from (select payment_id from payment_tickets where payment_id = any ($3::uuid[]) union all select payment_id from told) as known group by payment_id`,
    [tickets.map(({ ticketId }) => ticketId), tickets.map(({ paymentId }) => paymentId), paymentIds],
  );
  return new Map(rows.map(({ paymentId, known }) => [paymentId, known]));
}

/** A mail this process may send now: `attempts` counts this attempt and is what fences its outcome. */
export type LeasedNotification = Notification & { id: string; attempts: number };

/** Takes the mails that have waited longest, for `leaseMs`; another process skips them until then. A sender that dies leaves nothing to repair: the lease runs out. */
export const leaseDueNotifications = (db: Database, { leaseMs, most }: { leaseMs: number; most: number }): Promise<LeasedNotification[]> =>
  query(
    db,
    `update notifications set leased_until = statement_timestamp() + $1 * interval '1 millisecond', attempts = attempts + 1
     where id = any (array(
       select id from notifications
       where status = 'PENDING' and next_at <= statement_timestamp() and (leased_until is null or leased_until < statement_timestamp())
       order by next_at limit $2 for update skip locked))
     returning id, kind, user_id as "userId", event_id as "eventId", payment_id as "paymentId", cause_id as "causeId", facts, attempts`,
    [leaseMs, most],
  );

/** Ids of those that this sender may say were sent; of a mail whose lease ran out, and which another one sent as well, only the first may. */
export async function markSent(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await query<{ id: string }>(
    tx,
    `update notifications set status = 'SENT', sent_at = statement_timestamp(), leased_until = null, error = null
     where id = any (array(select id from notifications where id = any ($1::uuid[]) and status = 'PENDING' order by id for update)) returning id`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What went wrong, in words without personal data, and when to try again; `waitMs` null gives the mail up. */
export type FailedMail = Pick<LeasedNotification, 'id' | 'attempts'> & { error: string; waitMs: number | null };

/** Writes down how attempts failed, each only while it is the last one of its mail. */
export async function markFailed(db: Database, failed: readonly FailedMail[]): Promise<void> {
  if (failed.length === 0) return;
  await query(
    db,
    `update notifications set status = case when f.wait_ms is null then 'FAILED' else 'PENDING' end, error = f.error, leased_until = null,
       next_at = statement_timestamp() + coalesce(f.wait_ms, 0) * interval '1 millisecond'
     from unnest($1::uuid[], $2::int[], $3::text[], $4::float8[]) as f(id, attempts, error, wait_ms)
     where notifications.id = f.id and notifications.attempts = f.attempts and notifications.status = 'PENDING'`,
    [failed.map(({ id }) => id), failed.map(({ attempts }) => attempts), failed.map(({ error }) => error), failed.map(({ waitMs }) => waitMs)],
  );
}

/** Leaves mails that were leased and not tried to whoever comes next: due as before, and no attempt was made. */
export async function giveBack(db: Database, leased: readonly LeasedNotification[]): Promise<void> {
  if (leased.length === 0) return;
  await query(
    db,
    `update notifications set leased_until = null, attempts = notifications.attempts - 1 from unnest($1::uuid[], $2::int[]) as l(id, attempts)
     where notifications.id = l.id and notifications.attempts = l.attempts and notifications.status = 'PENDING'`,
    [leased.map(({ id }) => id), leased.map(({ attempts }) => attempts)],
  );
}

/** The mail server is back: mails that waited for nothing else are due at once instead of at the end of their back-off. */
export async function hurryAfterOutage(db: Database, errorPrefix: string): Promise<void> {
  await query(
    db,
    `update notifications set next_at = statement_timestamp() where status = 'PENDING' and leased_until is null and starts_with(error, $1)`,
    [errorPrefix],
  );
}

/** How many mails wait, and for how long the oldest of them. */
export async function waitingMails(db: Database): Promise<{ waiting: number; oldestSeconds: number }> {
  const [row] = await query<{ waiting: number; oldestSeconds: number }>(
    db,
    `select count(*) as waiting, coalesce(extract(epoch from statement_timestamp() - min(created_at)), 0)::float8 as "oldestSeconds"
     from notifications where status = 'PENDING'`,
  );
  return row ?? { waiting: 0, oldestSeconds: 0 };
}
