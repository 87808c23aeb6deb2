import type {
  EventCancellationService,
  EventPaymentService,
  IdentityService,
  OrderService,
  PaymentAccountService,
  PaymentService,
} from '@boxoffice/contracts';
import type { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { consumers, relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, measurePool, plansByIndex, readyCheck } from '@boxoffice/postgres';
import type { GrpcClient, Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { accountsOver } from './accounts.ts';
import { ComposeConfig } from './config.ts';
import { group, handlers } from './consumers.ts';
import type { Deps } from './deps.ts';
import { eventCancellationsOver } from './event-cancellations.ts';
import { eventPaymentsOver } from './event-payments.ts';
import { jobs } from './jobs.ts';
import { measureOverdue, measureUndecided, settledCounter } from './metrics.ts';
import { orderDepsOver, ordersOver } from './orders.ts';
import { paperRoutes } from './paper-routes.ts';
import { batchesOver } from './persistence/batches.ts';
import { knownEvents } from './persistence/event-payments-cache.ts';
import { TransactionEntity } from './persistence/transaction.ts';
import { freeProvider } from './provider/free.ts';
import type { PaymentProvider } from './provider/provider.ts';
import { testProviderWorld } from './provider/test-provider-world.ts';
import { questions } from './questions.ts';
import { refundLateCapture } from './refund-late-capture.ts';
import type { Ticketing } from './refund-questions.ts';
import { createSettlement } from './settlement.ts';
import { statementRoutes } from './statement-route.ts';
import { cancelPayment } from './use-cases/cancel-payment.ts';
import { confirmPayment } from './use-cases/confirm-payment.ts';
import { createPayment } from './use-cases/create-payment.ts';
import { getPayment } from './use-cases/get-payment.ts';
import { listMyPayments } from './use-cases/list-my-payments.ts';

export { ComposeConfig, Config } from './config.ts';
export { generateSecrets } from './provider/account-secrets.ts';
export type { PaymentProvider } from './provider/provider.ts';
export const entities = [TransactionEntity];
export { migrations };

/**
 * What this service needs from its process: messages, booking's side door, ticketing, identity, and a provider of its own (none given: the test provider,
 * unless it is off).
 */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & {
  transport: Transport;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  ticketing: Ticketing;
  identity: Pick<IdentityService, 'organisationOf'>;
  provider?: PaymentProvider | undefined;
};
export type PaymentPart = Part<{ payment: PaymentService }>;

/** Opens this service's database; nothing is reached before first use. */
export const openDatabase = (url: string): Promise<Database> =>
  connect({ url, entities, migrations, settings: plansByIndex, applicationName: 'payment' });

/** Puts the service together. Connects to nothing yet; `close` waits for payments under way, ends the database and leaves the edges to whoever made them. */
export async function compose(given: z.input<typeof ComposeConfig>, edges: Edges): Promise<PaymentPart> {
  const config = ComposeConfig.parse(given);
  const { logger, metrics, transport, seatAllocation } = edges;
  const db = await openDatabase(config.DATABASE_URL);
  measurePool(db, metrics);
  const outside = await outsideWorld(config, edges);
  const accounts = accountsOver(config, { db, own: [...outside.own, freeProvider], logger, metrics });
  const { providers, accountFor } = accounts;
  const { PROVIDER_DEADLINE_MS: providerDeadlineMs, CONFIRM_ANSWER_MS: confirmAnswerMs, DRIVER_LEASE_MS: leaseMs } = config;
  const ask = questions({ providers, seatAllocation, logger, metrics, providerDeadlineMs });
  const countSettled = settledCounter(metrics);
  const batches = batchesOver(db, metrics);
  const events = knownEvents(db);
  const settlement = createSettlement({ db, batches, events, ask, logger, countSettled, leaseMs, absentAfterMs: config.PROVIDER_ABSENT_AFTER_MS });
  const deps: Deps = {
    ...{ db, batches, events, seatAllocation, providers, accountFor, settlement, countSettled, leaseMs },
    ...{ confirmAnswerMs, maxUnpaidPerEvent: config.MAX_UNPAID_PER_EVENT },
  };
  const webhooks = accounts.webhooks({ settlement, refundLateCapture: (payment) => refundLateCapture({ db }, payment), logger });
  measureUndecided(db, metrics);
  measureOverdue(db, metrics);
  const heard = consumers({ db, transport, group, handlers, logger, metrics });
  const orders = orderDepsOver({ ...edges, db, providers, leaseMs, confirmAnswerMs, providerDeadlineMs });
  const cancellations = eventCancellationsOver({ ...deps, ...orders, logger, metrics, refundsPerSecond: config.REFUNDS_PER_SECOND });
  return {
    name: 'payment',
    api: { payment: { ...paymentOver(deps), ...ordersOver(orders), ...accounts.api, ...eventPaymentsOver(deps), ...cancellations.api } },
    routes: [...webhooks.routes, ...statementRoutes(deps), ...paperRoutes(orders), ...outside.routes],
    jobs: [...jobs({ ...deps, ...orders }, config.RECONCILE_EVERY_MS), ...webhooks.jobs, ...cancellations.jobs, ...heard.jobs, ...outside.jobs],
    workers: [relay({ db, transport, logger, metrics }), heard.worker],
    ready: readyCheck(db),
    close: async () => {
      await webhooks.idle();
      await Promise.all([settlement.idle(), orders.refunds.idle()]);
      await Promise.all([db.close(), outside.close()]);
    },
  };
}

/** The provider that the process has brought, else the test provider with all it shows to the outside, unless it is off. */
async function outsideWorld(config: z.output<typeof ComposeConfig>, { provider, logger }: Edges) {
  const nothing = { routes: [], jobs: [], close: async () => {} };
  if (provider || config.TEST_PROVIDER === 'off') return { ...nothing, own: provider ? [provider] : [] };
  const world = await testProviderWorld(config, { logger });
  return { ...world, own: [world.provider] };
}

type Elsewhere = keyof OrderService | keyof PaymentAccountService | keyof EventPaymentService | keyof EventCancellationService;

const paymentOver = (deps: Deps): Omit<PaymentService, Elsewhere> => ({
  createPayment: createPayment(deps),
  confirmPayment: confirmPayment(deps),
  cancelPayment: cancelPayment(deps),
  getPayment: getPayment(deps),
  listMyPayments: listMyPayments(deps),
});
