import * as auditor from '@boxoffice/auditor/compose';
import * as booking from '@boxoffice/booking/compose';
import type { Services } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import * as identity from '@boxoffice/identity/compose';
import * as analytics from '@boxoffice/notification-analytics/compose';
import * as payment from '@boxoffice/payment/compose';
import type { Database } from '@boxoffice/postgres';
import { inProcessGrpc, type Logger, type Metrics, observed, type Part, type Route } from '@boxoffice/service-kit';
import * as ticketing from '@boxoffice/ticketing/compose';
import type { Config } from './config.ts';
import type { DatabaseName, Engines } from './engines.ts';
import type { Secrets } from './secrets.ts';

/** All five services in this process, and the auditor: what they answer together, and what runs beside that. */
export interface ComposedServices {
  parts: Part[];
  api: Services;
  routes: Route[];
}

export type Composition = { config: Config; engines: Engines; secrets: Secrets; mailFolder: string; logger: Logger; metrics: Metrics };

/** Brings every database up to date, side by side. */
export async function migrateAll(engines: Engines): Promise<void> {
  const open: Record<DatabaseName, (url: string) => Promise<Database>> = {
    booking: booking.openDatabase,
    identity: (url) => identity.openDatabase({ DATABASE_URL: url, DATABASE_POOL_MAX: 2 }),
    payment: payment.openDatabase,
    ticketing: ticketing.openDatabase,
    notification_analytics: analytics.openDatabase,
  };
  await Promise.all(
    Object.entries(open).map(async ([name, openOne]) => {
      const db = await openOne(engines.databaseUrl(name as DatabaseName)); // a key of the record above
      await db.migrate().finally(() => db.close());
    }),
  );
}

/** The same services as in a cluster; what crosses processes there is a function call here. */
export async function composeServices({ config, engines, secrets, mailFolder, logger, metrics }: Composition): Promise<ComposedServices> {
  const plain = (name: string) => ({ logger: logger.child({ part: name }), metrics });
  const edges = (name: string) => ({ ...plain(name), transport: engines.transport(name) });
  const who = await identity.compose(
    { DATABASE_URL: engines.databaseUrl('identity'), ORGANISATION_CREATION: config.ORGANISATION_CREATION, ...secrets.identity },
    edges('identity'),
  );
  const seats = await booking.compose(
    { DATABASE_URL: engines.databaseUrl('booking'), HOLD_TTL_MS: config.HOLD_TTL_MS },
    { ...edges('booking'), redis: engines.redis },
  );
  const tickets = await ticketing.compose(
    { DATABASE_URL: engines.databaseUrl('ticketing'), MAX_STREAMS: 200, ...secrets.ticketing },
    edges('ticketing'),
  );
  const money = await payment.compose(
    { DATABASE_URL: engines.databaseUrl('payment'), ...providersOf(config), ...secrets.payment },
    {
      ...edges('payment'),
      seatAllocation: inProcessGrpc(SeatAllocationService, seats.seatAllocation),
      ticketing: tickets.api.ticketing,
      identity: who.api.identity,
    },
  );
  const news = await analytics.compose(
    {
      DATABASE_URL: engines.databaseUrl('notification_analytics'),
      MAIL_FROM: config.MAIL_FROM,
      ...(config.SMTP_URL ? { SMTP_URL: config.SMTP_URL } : { MAIL_FOLDER: mailFolder }),
    },
    { ...edges('notification-analytics'), identity: who.api.identity, ticketing: tickets.api.ticketing },
  );
  const parts = [who, seats, money, tickets, news, await auditOf(engines, plain('auditor'))];
  return {
    parts,
    api: watched({ ...who.api, ...seats.api, ...money.api, ...tickets.api, ...news.api }, { logger, metrics }),
    routes: parts.flatMap((part) => part.routes),
  };
}

/** Payment's settings about who takes the money; the test provider's pages are at this process' own address. */
function providersOf({
  TEST_PROVIDER,
  TEST_PROVIDER_CONTROL_TOKEN,
  TEST_PROVIDER_WEBHOOK_SECRET,
  PROVIDER_DEADLINE_MS,
  STRIPE_API_URL,
  PORT,
}: Config) {
  const here = `http://127.0.0.1:${PORT}`;
  return {
    ...{ TEST_PROVIDER, TEST_PROVIDER_CONTROL_TOKEN, TEST_PROVIDER_WEBHOOK_SECRET, PROVIDER_DEADLINE_MS, STRIPE_API_URL },
    TEST_PROVIDER_PUBLIC_URL: here,
    ...(TEST_PROVIDER_WEBHOOK_SECRET && { TEST_PROVIDER_WEBHOOK_URL: `${here}/webhooks/test/installation` }),
  };
}

/** Its metrics are on this process' METRICS_PORT, its findings in this process' log. */
const auditOf = (engines: Engines, edges: { logger: Logger; metrics: Metrics }): Promise<Part> =>
  auditor.compose(
    {
      AUDIT_BOOKING_DATABASE_URL: engines.databaseUrl('booking'),
      AUDIT_IDENTITY_DATABASE_URL: engines.databaseUrl('identity'),
      AUDIT_PAYMENT_DATABASE_URL: engines.databaseUrl('payment'),
      AUDIT_TICKETING_DATABASE_URL: engines.databaseUrl('ticketing'),
      AUDIT_ANALYTICS_DATABASE_URL: engines.databaseUrl('notification_analytics'),
    },
    { ...edges, redis: engines.redis },
  );

const watched = (api: Services, edges: { logger: Logger; metrics: Metrics }): Services => ({
  identity: observed('identity', api.identity, edges),
  booking: observed('booking', api.booking, edges),
  payment: observed('payment', api.payment, edges),
  ticketing: observed('ticketing', api.ticketing, edges),
  analytics: observed('analytics', api.analytics, edges),
});
