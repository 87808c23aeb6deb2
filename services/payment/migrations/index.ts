import { outboxRelays } from '@boxoffice/messaging';
import { payments } from './0001-payments.ts';
import { methods } from './0002-methods.ts';
import { refunds } from './0003-refunds.ts';
import { providerAccounts } from './0004-provider-accounts.ts';
import { eventPayments } from './0005-event-payments.ts';
import { eventCancellations } from './0006-event-cancellations.ts';
import { testProviderWorld } from './0007-test-provider-world.ts';
import { refundsNotOver } from './0008-refunds-not-over.ts';
import { movesInPlace } from './0009-moves-in-place.ts';
import { paymentNews } from './0010-payment-news.ts';

/** Every migration of the payment database, oldest first. */
export const migrations = [
  payments,
  outboxRelays,
  methods,
  refunds,
  providerAccounts,
  eventPayments,
  eventCancellations,
  testProviderWorld,
  refundsNotOver,
  movesInPlace,
  paymentNews,
];
