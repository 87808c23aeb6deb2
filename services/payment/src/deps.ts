import type { SeatAllocationService } from '@boxoffice/contracts/grpc';
import type { Database } from '@boxoffice/postgres';
import type { GrpcClient, Logger } from '@boxoffice/service-kit';
import type { CountCancelledOrders, CountRefunds, CountSettled } from './metrics.ts';
import type { Batches } from './persistence/batches.ts';
import type { KnownEvents } from './persistence/event-payments-cache.ts';
import type { AccountFor } from './provider/account-for.ts';
import type { AccountSecrets } from './provider/account-secrets.ts';
import type { Providers } from './provider/provider.ts';
import type { Ticketing } from './refund-questions.ts';
import type { RefundSettlement } from './refund-settlement.ts';
import type { Settlement } from './settlement.ts';

/** What the use cases work with. Durations in milliseconds. */
export interface Deps {
  db: Database;
  batches: Batches;
  events: KnownEvents;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  providers: Providers;
  accountFor: AccountFor;
  settlement: Settlement;
  countSettled: CountSettled;
  /** How long a driver may be silent before another takes its payment over. */
  leaseMs: number;
  /** How long a customer waits for the outcome before the answer is PENDING. */
  confirmAnswerMs: number;
  /** How many payments of an event a customer may owe the money of at one time. */
  maxUnpaidPerEvent: number;
}

/** What the use cases of orders and their refunds work with besides. */
export interface OrderDeps extends Pick<Deps, 'db' | 'leaseMs' | 'confirmAnswerMs'> {
  refunds: RefundSettlement;
  countRefunds: CountRefunds;
  ticketing: Ticketing;
  /** The name of an organisation. */
  organiserOf(organisationId: string): Promise<string>;
}

/** What the use cases of payment accounts work with. */
export interface AccountDeps {
  db: Database;
  secrets: AccountSecrets;
  /** Whose key this is at the provider: its name of the account. Refuses PROVIDER_UNREACHABLE, PROVIDER_KEY_REFUSED. */
  ownerOf(secretKey: string): Promise<string>;
  /** The organisation's accounts have changed. */
  changed(organisationId: string): void;
}

/** What the use cases about cancelled events work with. */
export interface CancellationDeps extends Pick<Deps, 'db' | 'providers' | 'settlement' | 'leaseMs'>, Pick<OrderDeps, 'refunds'> {
  /** Of all replicas together. */
  refundsPerSecond: number;
  countOrders: CountCancelledOrders;
  logger: Logger;
}
