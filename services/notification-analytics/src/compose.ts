import type { AnalyticsService } from '@boxoffice/contracts';
import { consumers, relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, measurePool, readyCheck } from '@boxoffice/postgres';
import { type CircuitBreaker, circuitBreaker, type Metrics, type Part, type Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { ComposeConfig } from './config.ts';
import { group, handlers } from './consumers.ts';
import { folderTransport } from './mail/folder.ts';
import type { MailTransport } from './mail/mail-transport.ts';
import { mailer } from './mail/mailer.ts';
import { smtpTransport } from './mail/smtp.ts';
import type { MailSources } from './mail/write-mail.ts';
import { entities } from './persistence/entities.ts';
import { waitingMails } from './persistence/notifications.sql.ts';
import { auditLog } from './use-cases/audit-log.ts';
import { myNotifications } from './use-cases/my-notifications.ts';
import { resendTickets } from './use-cases/resend-tickets.ts';
import { salesReport } from './use-cases/sales-report.ts';
import { salesReportCsv } from './use-cases/sales-report-csv.ts';
import { sendMails } from './use-cases/send-mails.ts';

export { ComposeConfig, Config } from './config.ts';
export { entities, migrations };

/** What this service needs from its process: messages, and the two services a mail is written with. */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & MailSources & { transport: Transport };

/** Opens this service's database; nothing is reached before first use. */
export const openDatabase = (url: string): Promise<Database> => connect({ url, entities, migrations });

/** Puts the service together. Connects to nothing yet; `close` ends the database, the transport and the connections to the mail server. */
export async function compose(given: z.input<typeof ComposeConfig>, edges: Edges): Promise<Part<{ analytics: AnalyticsService }>> {
  const config = ComposeConfig.parse(given);
  const { logger, metrics, transport } = edges;
  const db = await openDatabase(config.DATABASE_URL);
  measurePool(db, metrics);
  const heard = consumers({ db, transport, group, handlers, logger, metrics });
  const mails = mailTransport(config);
  const breaker = circuitBreaker({ baseMs: Math.min(1000, config.MAIL_RETRY_MS), maxMs: 60_000 });
  const send = sendMails({
    db,
    transport: mails,
    identity: edges.identity,
    ticketing: edges.ticketing,
    from: config.MAIL_FROM,
    retry: { maxAttempts: config.MAIL_MAX_ATTEMPTS, baseMs: config.MAIL_RETRY_MS, maxMs: config.MAIL_RETRY_MAX_MS },
    breaker,
    lanes: config.MAIL_CONNECTIONS,
    deadlineMs: config.MAIL_DEADLINE_MS,
    logger,
    metrics,
  });
  const sending = mailer({ db, everyMs: config.MAIL_EVERY_MS, send, logger });
  measureMails(db, breaker, metrics);
  return {
    name: 'notification-analytics',
    api: { analytics: analyticsOver(db, edges) },
    routes: [],
    jobs: [...heard.jobs, sending.job],
    workers: [relay({ db, transport, logger, metrics }), heard.worker, sending.worker],
    ready: readyCheck(db),
    async close() {
      await mails.close();
      await transport.close();
      await db.close();
    },
  };
}

const analyticsOver = (db: Database, { ticketing }: Pick<Edges, 'ticketing'>): AnalyticsService => ({
  salesReport: salesReport({ db }),
  salesReportCsv: salesReportCsv({ db }),
  myNotifications: myNotifications({ db }),
  auditLog: auditLog({ db }),
  resendTickets: resendTickets({ db, ticketing }),
});

function mailTransport({ SMTP_URL, MAIL_FOLDER, MAIL_CONNECTIONS, MAIL_DEADLINE_MS }: z.output<typeof ComposeConfig>): MailTransport {
  if (SMTP_URL !== undefined) return smtpTransport({ url: SMTP_URL, connections: MAIL_CONNECTIONS, deadlineMs: MAIL_DEADLINE_MS });
  if (MAIL_FOLDER !== undefined) return folderTransport(MAIL_FOLDER);
  throw new Error('The configuration names neither SMTP_URL nor MAIL_FOLDER.');
}

const breakerValues = { closed: 0, probe: 0.5, open: 1 };

function measureMails(db: Database, breaker: CircuitBreaker, metrics: Metrics): void {
  metrics.gauge('boxoffice_mail_breaker', 'Whether the mail server is left alone: 0 asked, 1 not asked, 0.5 about to be tried.', [], (gauge) =>
    gauge.set(breakerValues[breaker.state(Date.now())]),
  );
  const oldest = metrics.gauge('boxoffice_mails_oldest_seconds', 'Age of the oldest mail that waits to be sent.');
  metrics.gauge('boxoffice_mails_waiting', 'Mails that wait to be sent.', [], async (waiting) => {
    const { waiting: count, oldestSeconds } = await waitingMails(db);
    waiting.set(count);
    oldest.set(oldestSeconds);
  });
}
