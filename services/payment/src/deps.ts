import type { SeatAllocationService } from '@boxoffice/contracts/grpc';
import type { Database } from '@boxoffice/postgres';
import type { GrpcClient } from '@boxoffice/service-kit';
import type { CountSettled } from './metrics.ts';
import type { Batches } from './persistence/batches.ts';
import type { Providers } from './provider/provider.ts';
import type { Settlement } from './settlement.ts';

/** What the use cases work with. Durations in milliseconds. */
export interface Deps {
  db: Database;
  batches: Batches;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  providers: Providers;
  settlement: Settlement;
  countSettled: CountSettled;
  /** How long a driver may be silent before another takes its payment over. */
  leaseMs: number;
  /** How long a customer waits for the outcome before the answer is PENDING. */
  confirmAnswerMs: number;
}
