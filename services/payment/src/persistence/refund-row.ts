import type { RefundError, RefundKind, RefundStatus, RefundStep } from '../domain/refund.ts';
import { selectList, type Transaction } from './transaction.ts';

const properties = [
  ...['id', 'paymentId', 'key', 'kind', 'amountMinor', 'feeMinor', 'currency', 'seatIds'],
  ...['force', 'reason', 'cancellationId', 'requestedBy', 'requestHash', 'status', 'step', 'stepSince'],
  ...['round', 'attempts', 'driver', 'error', 'refused', 'createdAt', 'doneAt'],
] as const satisfies (keyof RefundRow)[];

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
export const refundColumns = (alias: string): string => selectList(alias, properties);

/** A refund that one driver moves on; nobody else may until its lease is over. */
export interface DrivenRefund {
  refund: OwnRefund;
  payment: Transaction;
  driver: string;
  /** The row of payment_steps that waits for the answer; null when nothing is asked. */
  askId: number | null;
}
