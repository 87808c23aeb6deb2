import type { RefundError, RefundKind, RefundStatus, RefundStep } from '../domain/refund.ts';
import type { Transaction } from './transaction.ts';

const columns = {
  id: 'id',
  paymentId: 'payment_id',
  key: 'key',
  kind: 'kind',
  amountMinor: 'amount_minor',
  feeMinor: 'fee_minor',
  currency: 'currency',
  seatIds: 'seat_ids',
  force: 'force',
  reason: 'reason',
  cancellationId: 'cancellation_id',
  requestedBy: 'requested_by',
  requestHash: 'request_hash',
  status: 'status',
  step: 'step',
  stepSince: 'step_since',
  round: 'round',
  attempts: 'attempts',
  driver: 'driver',
  error: 'error',
  refused: 'refused',
  createdAt: 'created_at',
  doneAt: 'done_at',
} as const;

/** A refund's row. `step` is null for the refunds that the steps of a failed payment drive. */
export interface RefundRow {
  id: string;
  paymentId: string;
  key: string;
  kind: RefundKind;
  amountMinor: number;
  feeMinor: number;
  currency: string;
  seatIds: string[];
  force: boolean;
  reason: string;
  cancellationId: string | null;
  requestedBy: string | null;
  requestHash: string | null;
  status: RefundStatus;
  step: RefundStep | null;
  stepSince: Date;
  round: number;
  attempts: number;
  driver: string | null;
  error: RefundError | null;
  /** Why nothing of it happened: the ticket that was used. */
  refused: { usedAt: string; gate: string } | null;
  createdAt: Date;
  doneAt: Date | null;
}
/** A refund with a machine of its own. */
export type OwnRefund = RefundRow & { step: RefundStep };

/** A select list that reads a row of `alias` as a RefundRow. */
export const refundColumns = (alias: string): string =>
  Object.entries(columns)
    .map(([property, column]) => `${alias}.${column} AS "${property}"`)
    .join(', ');

/** A refund that one driver moves on; nobody else may until its lease is over. */
export interface DrivenRefund {
  refund: OwnRefund;
  payment: Transaction;
  driver: string;
  /** The row of payment_steps that waits for the answer; null when nothing is asked. */
  askId: number | null;
}
