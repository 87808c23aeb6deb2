import { purgeJob } from '@boxoffice/messaging';
import { purgeIdempotencyKeys } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';
import type { Deps, OrderDeps } from './deps.ts';
import { purgeProviderEvents } from './persistence/provider-events.sql.ts';
import { cancelUnpaidPayments } from './use-cases/cancel-unpaid-payments.ts';
import { giveUpOverduePayments } from './use-cases/give-up-overdue-payments.ts';
import { reconcilePayments } from './use-cases/reconcile-payments.ts';
import { settleRefunds } from './use-cases/settle-refunds.ts';

/** Providers repeat an event for days; its id must outlive that. */
const keepEventsDays = 60;

/** What time brings; every replica may run all of it. */
export const jobs = (deps: Deps & OrderDeps, reconcileEveryMs: number): Job[] => [
  { name: 'reconcile-payments', everyMs: reconcileEveryMs, run: reconcilePayments(deps) },
  { name: 'settle-refunds', everyMs: reconcileEveryMs, run: settleRefunds(deps) },
  { name: 'cancel-unpaid-payments', everyMs: 10_000, run: cancelUnpaidPayments(deps) },
  { name: 'give-up-overdue-payments', everyMs: 5_000, run: giveUpOverduePayments(deps) },
  { name: 'purge-provider-events', everyMs: 3_600_000, run: () => purgeProviderEvents(deps.db, keepEventsDays) },
  purgeIdempotencyKeys(deps.db),
  purgeJob(deps.db),
];
