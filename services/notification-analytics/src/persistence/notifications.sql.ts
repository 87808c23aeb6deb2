import { type Database, hintAfterCommit, query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Notification } from '../domain/notification.ts';

/** Channel of the hint that mails are due; the payload is empty. */
export const mailDueChannel = 'mail_due';

/** A mail to write, once per (kind, causeId); wakes the senders of every replica after the transaction has committed. */
export async function keepNotification(tx: Tx, notification: Notification): Promise<void> {
  const { kind, userId, eventId, paymentId, causeId, facts } = notification;
  await query(
    tx,
    `insert into notifications (id, kind, user_id, event_id, payment_id, cause_id, facts) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (kind, cause_id) do nothing`,
    [newId(), kind, userId, eventId, paymentId, causeId, JSON.stringify(facts)],
  );
  hintAfterCommit(tx, mailDueChannel);
}

/**
 * Remembers a ticket of a payment and answers how many of that payment are known now.
 * The advisory lock puts tickets of one payment in a line: two replicas that each add one (a rebalance) would otherwise not see the other's, and no mail would go.
 */
export async function countTicket(tx: Tx, ticket: { ticketId: string; paymentId: string }): Promise<number> {
  await query(tx, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [ticket.paymentId]);
  await query(tx, 'insert into payment_tickets (ticket_id, payment_id) values ($1, $2) on conflict (ticket_id) do nothing', [
    ticket.ticketId,
    ticket.paymentId,
  ]);
  const [row] = await query<{ known: number }>(tx, 'select count(*) as known from payment_tickets where payment_id = $1', [ticket.paymentId]);
  return row?.known ?? 0;
}

/** A mail this process may send now: `attempts` counts this attempt and is what fences its outcome. */
export type LeasedNotification = Notification & { id: string; attempts: number };

/** Takes the mail that has waited longest, for `leaseMs`; another process skips it until then. A sender that dies leaves nothing to repair: the lease runs out. */
export async function leaseDueNotification(db: Database, leaseMs: number): Promise<LeasedNotification | undefined> {
  const [leased] = await query<LeasedNotification>(
    db,
    `update notifications set leased_until = statement_timestamp() + $1 * interval '1 millisecond', attempts = attempts + 1
     where id = (
       select id from notifications
       where status = 'PENDING' and next_at <= statement_timestamp() and (leased_until is null or leased_until < statement_timestamp())
       order by next_at limit 1 for update skip locked)
     returning id, kind, user_id as "userId", event_id as "eventId", payment_id as "paymentId", cause_id as "causeId", facts, attempts`,
    [leaseMs],
  );
  return leased;
}

/** True for the one sender that may say so; a sender whose lease ran out, and whose mail another one sent as well, gets false. */
export async function markSent(tx: Tx, id: string): Promise<boolean> {
  const rows = await query(
    tx,
    `update notifications set status = 'SENT', sent_at = statement_timestamp(), leased_until = null, error = null
     where id = $1 and status = 'PENDING' returning id`,
    [id],
  );
  return rows.length === 1;
}

/** What went wrong, in words without personal data, and when to try again; `waitMs` undefined gives the mail up. */
export async function markFailed(
  db: Database,
  { id, attempts }: LeasedNotification,
  { error, waitMs }: { error: string; waitMs: number | undefined },
): Promise<void> {
  await query(
    db,
    `update notifications set status = case when $4::float8 is null then 'FAILED' else 'PENDING' end, error = $3, leased_until = null,
       next_at = statement_timestamp() + coalesce($4::float8, 0) * interval '1 millisecond'
     where id = $1 and attempts = $2 and status = 'PENDING'`,
    [id, attempts, error, waitMs ?? null],
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
