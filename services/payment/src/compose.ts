import type { PaymentAccountService, PaymentService } from '@boxoffice/contracts';
import type { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, readyCheck } from '@boxoffice/postgres';
import type { GrpcClient, Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { accountsOver } from './accounts.ts';
import { ComposeConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { reportLateCapture } from './hints.ts';
import { jobs } from './jobs.ts';
import { measureUndecided, settledCounter } from './metrics.ts';
import { batchesOver } from './persistence/batches.ts';
import { TransactionEntity } from './persistence/transaction.ts';
import type { PaymentProvider } from './provider/provider.ts';
import { testProviderWorld } from './provider/test-provider-world.ts';
import { questions } from './questions.ts';
import { createSettlement } from './settlement.ts';
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

/** What this service needs from its process: messages, booking's side door, and a provider of its own (none given: the test provider, unless it is off). */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & {
  transport: Transport;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  provider?: PaymentProvider | undefined;
};
export type PaymentPart = Part<{ payment: PaymentService }>;

/** Opens this service's database; nothing is reached before first use. */
export const openDatabase = (url: string): Promise<Database> => connect({ url, entities, migrations, applicationName: 'payment' });

/** Puts the service together. Connects to nothing yet; `close` waits for payments under way, ends the database and leaves the edges to whoever made them. */
export async function compose(given: z.input<typeof ComposeConfig>, edges: Edges): Promise<PaymentPart> {
  const config = ComposeConfig.parse(given);
  const { logger, metrics, transport, seatAllocation } = edges;
  const db = await openDatabase(config.DATABASE_URL);
  const outside = await outsideWorld(config, edges);
  const accounts = accountsOver(config, { db, own: outside.own, logger, metrics });
  const { providers, accountFor } = accounts;
  const ask = questions({ providers, seatAllocation, logger, metrics, providerDeadlineMs: config.PROVIDER_DEADLINE_MS });
  const countSettled = settledCounter(metrics);
  const leaseMs = config.DRIVER_LEASE_MS;
  const batches = batchesOver(db, metrics);
  const settlement = createSettlement({ db, batches, ask, logger, countSettled, leaseMs, absentAfterMs: config.PROVIDER_ABSENT_AFTER_MS });
  const deps: Deps = {
    db,
    batches,
    seatAllocation,
    providers,
    accountFor,
    settlement,
    countSettled,
    leaseMs,
    confirmAnswerMs: config.CONFIRM_ANSWER_MS,
  };
  const webhooks = accounts.webhooks({ settlement, refundLateCapture: reportLateCapture({ logger, metrics }), logger });
  measureUndecided(db, metrics);
  return {
    name: 'payment',
    api: { payment: { ...paymentOver(deps), ...accounts.api } },
    routes: [...webhooks.routes, ...outside.routes],
    jobs: [...jobs(deps, config.RECONCILE_EVERY_MS), ...outside.jobs],
    workers: [relay({ db, transport, logger, metrics })],
    ready: readyCheck(db),
    close: async () => {
      await webhooks.idle();
      await settlement.idle();
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

const paymentOver = (deps: Deps): Omit<PaymentService, keyof PaymentAccountService> => ({
  createPayment: createPayment(deps),
  confirmPayment: confirmPayment(deps),
  cancelPayment: cancelPayment(deps),
  getPayment: getPayment(deps),
  listMyPayments: listMyPayments(deps),
});
