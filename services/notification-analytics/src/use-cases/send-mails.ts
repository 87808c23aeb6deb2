import { NotificationSent } from '@boxoffice/contracts';
import { outboxAll, saying } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import type { CircuitBreaker, Logger, Metrics } from '@boxoffice/service-kit';
import { afterFailure, type RetryPolicy } from '../domain/notification.ts';
import { MailNotAccepted, MailServerAway, type MailTransport, messageIdOf } from '../mail/mail-transport.ts';
import { askAbout, type Known, type MailSources, NothingToSend, NotKnownYet, writeMail } from '../mail/write-mail.ts';
import {
  giveBack,
  hurryAfterOutage,
  type LeasedNotification,
  leaseDueNotifications,
  markFailed,
  markSent,
} from '../persistence/notifications.sql.ts';

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
/** Mails of one round: as many as identity answers for at once. */
const roundMost = 100;

/**
 * Sends the mails that are due; `more` when it stopped before the last of them. In rounds: lease some, commit, ask and send, then SENT and `notification-sent`
 * in one transaction. A process that dies between sending and marking sends again after the lease, with the same Message-ID.
 */
export const sendMails = (deps: SendMailsDeps) => async (): Promise<{ sent: number; more: boolean }> => {
  const until = Date.now() + runMs;
  let sent = 0;
  for (let state = deps.breaker.state(Date.now()); state !== 'open'; state = deps.breaker.state(Date.now())) {
    const most = state === 'probe' ? 1 : roundMost; // a server that was away is asked once
    const round = await sendRound(deps, most);
    sent += round.sent;
    if (Date.now() >= until) return { sent, more: round.leased > 0 };
    if (round.leased < most) break;
  }
  return { sent, more: false };
};

type Failure = { words: string; isFinal: boolean };
/** What became of leased mails; `left` ones were not tried. */
type Round = { sent: LeasedNotification[]; failed: (readonly [LeasedNotification, Failure])[]; left: LeasedNotification[] };

async function sendRound(deps: SendMailsDeps, most: number): Promise<{ leased: number; sent: number }> {
  // Two deadlines of 5 s to ask, one to send, and as much again before somebody else may take it for dead.
  const leased = await leaseDueNotifications(deps.db, { leaseMs: 2 * (10_000 + deps.deadlineMs), most });
  if (leased.length === 0) return { leased: 0, sent: 0 };
  const round: Round = { sent: [], failed: [], left: [] };
  try {
    await sendAll(deps, { leased, known: await askAbout(deps, leased), round });
  } catch (error) {
    for (const notification of leased) round.failed.push([notification, failureOf(error)]);
  }
  const wasAway = round.sent.length > 0 && deps.breaker.worked();
  await saveSent(deps, round.sent);
  await saveFailed(deps, round.failed);
  await giveBack(deps.db, round.left);
  if (wasAway) await hurryAfterOutage(deps.db, serverAway);
  return { leased: leased.length, sent: round.sent.length };
}

/** On all lanes; whatever its turn would reach too late, or while the server is away, is left. Throws nothing. */
async function sendAll(deps: SendMailsDeps, { leased, known, round }: { leased: LeasedNotification[]; known: Known; round: Round }): Promise<void> {
  const until = Date.now() + runMs;
  const isProbe = deps.breaker.state(Date.now()) !== 'closed';
  const waiting = [...leased];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const mayGo = Date.now() < until && (isProbe || deps.breaker.state(Date.now()) === 'closed');
      if (!mayGo) round.left.push(next);
      else {
        const failure = await sendOne(deps, next, known);
        if (failure) round.failed.push([next, failure]);
        else round.sent.push(next);
      }
    }
  };
  await Promise.all(Array.from({ length: deps.lanes }, lane));
}

/** Nobody threw: at an opening, thousands of these would each have cost a stack trace. */
const nobody: Failure = { words: 'nothing to send: nobody to write to', isFinal: true };

async function sendOne(deps: SendMailsDeps, notification: LeasedNotification, { recipients, events }: Known): Promise<Failure | undefined> {
  const to = recipients.get(notification.userId);
  if (!to) return nobody;
  try {
    const mail = await writeMail(deps, notification, { to, event: events.get(notification.eventId) });
    const messageId = messageIdOf(notification.id, deps.from);
    await deps.transport.send({ ...mail, notificationId: notification.id, messageId, from: deps.from, to }, AbortSignal.timeout(deps.deadlineMs));
    return undefined;
  } catch (error) {
    if (error instanceof MailServerAway) deps.breaker.failed(Date.now());
    return failureOf(error);
  }
}

async function saveSent(deps: SendMailsDeps, sent: readonly LeasedNotification[]): Promise<void> {
  if (sent.length === 0) return;
  await deps.db.transaction(async (tx) => {
    const marked = await markSent(
      tx,
      sent.map(({ id }) => id),
    );
    const news = sent.filter(({ id }) => marked.has(id));
    await outboxAll(
      tx,
      news.map(({ id, kind, userId, causeId }) => saying(NotificationSent, { notificationId: id, kind, userId, channel: 'mail', causeId })),
    );
  });
  for (const { kind } of sent) counted(deps).inc({ kind, outcome: 'sent' });
}

async function saveFailed(deps: SendMailsDeps, failed: Round['failed']): Promise<void> {
  const outcomes = failed.map(([{ id, kind, attempts }, { words, isFinal }]) => {
    const next = isFinal ? ({ status: 'FAILED' } as const) : afterFailure(attempts, deps.retry, Math.random());
    const facts = { notificationId: id, kind, attempt: attempts, reason: words };
    if (next.status === 'FAILED') deps.logger.error(facts, 'mail given up');
    else deps.logger.warn({ ...facts, waitMs: next.waitMs }, 'mail not sent, will try again');
    return { id, kind, attempts, error: words, waitMs: next.status === 'PENDING' ? next.waitMs : null };
  });
  await markFailed(deps.db, outcomes);
  for (const { kind, waitMs } of outcomes) counted(deps).inc({ kind, outcome: waitMs === null ? 'given-up' : 'will-retry' });
}

const counted = ({ metrics }: SendMailsDeps) =>
  metrics.counter('boxoffice_mails_total', 'Attempts to send a mail, by kind and outcome.', ['kind', 'outcome']);

const failureOf = (error: unknown): Failure => ({ words: wordsOf(error), isFinal: error instanceof NothingToSend });

/** Why, for the table and the log. Only our own words and codes: what other systems say may repeat an address. */
function wordsOf(error: unknown): string {
  if (error instanceof MailServerAway) return `${serverAway}${error.message}`;
  if (error instanceof MailNotAccepted) return `mail not accepted: ${error.message}`;
  if (error instanceof NotKnownYet) return `not known yet: ${error.message}`;
  if (error instanceof NothingToSend) return `nothing to send: ${error.message}`;
  if (!(error instanceof Error)) return 'unknown';
  return `${error.name} ${'code' in error ? String(error.code) : ''}`.trim();
}
