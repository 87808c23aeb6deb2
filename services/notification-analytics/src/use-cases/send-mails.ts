import { NotificationSent } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import type { Logger, Metrics } from '@boxoffice/service-kit';
import type { CircuitBreaker } from '../domain/circuit-breaker.ts';
import { afterFailure, type RetryPolicy } from '../domain/notification.ts';
import { MailNotAccepted, MailServerAway, type MailTransport, messageIdOf } from '../mail/mail-transport.ts';
import { type MailSources, NothingToSend, NotKnownYet, writeMail } from '../mail/write-mail.ts';
import { hurryAfterOutage, type LeasedNotification, leaseDueNotification, markFailed, markSent } from '../persistence/notifications.sql.ts';

export type SendMailsDeps = MailSources & {
  db: Database;
  transport: MailTransport;
  from: string;
  retry: RetryPolicy;
  breaker: CircuitBreaker;
  /** Mails in flight at once. */
  lanes: number;
  /** Longest time one hand-over may take. */
  deadlineMs: number;
  logger: Logger;
  metrics: Metrics;
};

/** Written into `error`, and recognised by hurryAfterOutage. */
const serverAway = 'mail server away: ';

/** A run ends after this long even when more is due, so that a shutdown never waits for a backlog. */
const runMs = 2000;

/**
 * Sends the mails that are due; `more` when it stopped before the last of them. Lease, commit, ask and send, then SENT and `notification-sent` in one
 * transaction: a process that dies between sending and marking sends again after the lease, with the same Message-ID.
 */
export const sendMails = (deps: SendMailsDeps) => async (): Promise<{ sent: number; more: boolean }> => {
  const until = Date.now() + runMs;
  if (deps.breaker.state(Date.now()) === 'open') return { sent: 0, more: false };
  const first = await sendNext(deps); // alone: most runs find nothing, and a server that was away is asked once
  const sent = first === 'sent' ? 1 : 0;
  if (first === 'none') return { sent, more: false };
  const lanes = await Promise.all(Array.from({ length: deps.lanes }, () => sendWhileDue(deps, until)));
  return { sent: lanes.reduce((sum, lane) => sum + lane.sent, sent), more: lanes.some((lane) => lane.more) };
};

/** One lane: goes on until nothing is due, the time is up or the server is away. */
async function sendWhileDue(deps: SendMailsDeps, until: number): Promise<{ sent: number; more: boolean }> {
  let sent = 0;
  while (deps.breaker.state(Date.now()) === 'closed') {
    if (Date.now() >= until) return { sent, more: true };
    const outcome = await sendNext(deps);
    if (outcome === 'none') break;
    if (outcome === 'sent') sent += 1;
  }
  return { sent, more: false };
}

async function sendNext(deps: SendMailsDeps): Promise<'none' | 'sent' | 'failed'> {
  // Two deadlines of 5 s to ask, one to send, and as much again before somebody else may take it for dead.
  const notification = await leaseDueNotification(deps.db, 2 * (10_000 + deps.deadlineMs));
  if (!notification) return 'none';
  const mails = deps.metrics.counter('boxoffice_mails_total', 'Attempts to send a mail, by kind and outcome.', ['kind', 'outcome']);
  try {
    const { to, mail } = await writeMail(deps, notification);
    const messageId = messageIdOf(notification.id, deps.from);
    await deps.transport.send({ ...mail, notificationId: notification.id, messageId, from: deps.from, to }, AbortSignal.timeout(deps.deadlineMs));
  } catch (error) {
    mails.inc({ kind: notification.kind, outcome: await saveFailure(deps, notification, error) });
    return 'failed';
  }
  await saveSent(deps, notification);
  mails.inc({ kind: notification.kind, outcome: 'sent' });
  if (deps.breaker.worked()) await hurryAfterOutage(deps.db, serverAway);
  return 'sent';
}

const saveSent = ({ db }: SendMailsDeps, { id, kind, userId, causeId }: LeasedNotification): Promise<void> =>
  db.transaction(async (tx) => {
    if (!(await markSent(tx, id))) return;
    await outbox(tx, NotificationSent, { notificationId: id, kind, userId, channel: 'mail', causeId });
  });

async function saveFailure(deps: SendMailsDeps, notification: LeasedNotification, error: unknown): Promise<'given-up' | 'will-retry'> {
  if (error instanceof MailServerAway) deps.breaker.failed(Date.now());
  const next = error instanceof NothingToSend ? ({ status: 'FAILED' } as const) : afterFailure(notification.attempts, deps.retry, Math.random());
  const words = wordsOf(error);
  const facts = { notificationId: notification.id, kind: notification.kind, attempt: notification.attempts, reason: words };
  if (next.status === 'FAILED') deps.logger.error(facts, 'mail given up');
  else deps.logger.warn({ ...facts, waitMs: next.waitMs }, 'mail not sent, will try again');
  await markFailed(deps.db, notification, { error: words, waitMs: next.status === 'PENDING' ? next.waitMs : undefined });
  return next.status === 'FAILED' ? 'given-up' : 'will-retry';
}

/** Why, for the table and the log. Only our own words and codes: what other systems say may repeat an address. */
function wordsOf(error: unknown): string {
  if (error instanceof MailServerAway) return `${serverAway}${error.message}`;
  if (error instanceof MailNotAccepted) return `mail not accepted: ${error.message}`;
  if (error instanceof NotKnownYet) return `not known yet: ${error.message}`;
  if (error instanceof NothingToSend) return `nothing to send: ${error.message}`;
  if (!(error instanceof Error)) return 'unknown';
  return `${error.name} ${'code' in error ? String(error.code) : ''}`.trim();
}
