import type { RefundKind as RefundKindSchema, RefundStatus as RefundStatusSchema } from '@boxoffice/contracts';
import type { z } from 'zod';
import type { ProviderAnswer } from './payment.ts';

export type RefundKind = z.output<typeof RefundKindSchema>;
export type RefundStatus = z.output<typeof RefundStatusSchema>;

/**
 * The question that is open. Tickets, then money, then seats: a ticket that was cancelled lets nobody in on money that went back, and a seat is on sale
 * again only when nobody has a claim to it any more.
 */
export type RefundStep =
  | 'CANCELLING_TICKETS' // ticketing: end the tickets, unless one was used
  | 'REFUNDING' // provider: give the money back; together with FAILED: it said no for good
  | 'BY_HAND' // staff: the money was not paid through a provider
  | 'RETURNING_SEATS' // booking: the seats go back on sale
  | 'SETTLED';
/** A step that asks somebody outside. */
export type OpenRefundStep = Exclude<RefundStep, 'BY_HAND' | 'SETTLED'>;

/** Where a refund stands. A FAILED one that is SETTLED never happened; one that is not waits for people. */
export interface RefundProgress {
  kind: RefundKind;
  status: RefundStatus;
  step: RefundStep;
  /** Whether no provider has this money: people give it back. */
  offline: boolean;
}

/** What ticketing said, or did not say. */
export type TicketsAnswer = { kind: 'cancelled' } | { kind: 'used'; usedAt: string; gate: string } | { kind: 'unknown' };
export type RefundHeard =
  | { from: 'ticketing'; said: TicketsAnswer }
  | { from: 'provider'; said: ProviderAnswer }
  | { from: 'booking'; said: { kind: 'done' } | { kind: 'unknown' } };

type Next = Pick<RefundProgress, 'status' | 'step'>;
/** `wait`: ask again later with the same key. */
export type RefundDecision = 'wait' | Next;

/** Who answers each open step. */
export const refundAsks: Record<OpenRefundStep, RefundHeard['from']> = {
  CANCELLING_TICKETS: 'ticketing',
  REFUNDING: 'provider',
  RETURNING_SEATS: 'booking',
};

/** Whether somebody outside is being asked. */
export const isOpenRefund = ({ status, step }: Next): boolean => status === 'PENDING' && step !== 'BY_HAND' && step !== 'SETTLED';

/** Whom a refund waits for. */
export function refundWaitsFor({ status, step }: Next): RefundHeard['from'] | 'staff' | null {
  if (step === 'SETTLED') return null;
  return status === 'FAILED' || step === 'BY_HAND' ? 'staff' : refundAsks[step];
}

/** Where a refund begins: only seats have tickets. */
export const firstStep = (kind: RefundKind, offline: boolean): RefundStep => (kind === 'seats' ? 'CANCELLING_TICKETS' : moneyStep(offline));

const moneyStep = (offline: boolean): RefundStep => (offline ? 'BY_HAND' : 'REFUNDING');
const afterMoney = (kind: RefundKind): Next =>
  kind === 'seats' ? { status: 'PENDING', step: 'RETURNING_SEATS' } : { status: 'DONE', step: 'SETTLED' };

/** What follows from an answer. Pure. Throws on an answer nobody could give. */
export function decideRefund(from: RefundProgress, heard: RefundHeard): RefundDecision {
  if (!isOpenRefund(from) || refundWaitsFor(from) !== heard.from) throw new Error(`a refund that is ${from.step} does not listen to ${heard.from}`);
  if (heard.said.kind === 'unknown') return 'wait';
  switch (heard.from) {
    case 'ticketing':
      return heard.said.kind === 'used' ? { status: 'FAILED', step: 'SETTLED' } : { status: 'PENDING', step: moneyStep(from.offline) };
    case 'provider':
      return afterProvider(from, heard.said);
    case 'booking':
      return { status: 'DONE', step: 'SETTLED' };
    default:
      return heard satisfies never;
  }
}

function afterProvider({ kind }: RefundProgress, said: ProviderAnswer): RefundDecision {
  // Seen and not decided, or not seen yet: neither is a no.
  if (said.kind === 'pending' || said.kind === 'absent' || said.kind === 'unknown') return 'wait';
  return said.kind === 'approved' ? afterMoney(kind) : { status: 'FAILED', step: 'REFUNDING' };
}

/** People have given the money back; undefined when the refund does not wait for them. */
export const settledByHand = (from: RefundProgress): Next | undefined => (refundWaitsFor(from) === 'staff' ? afterMoney(from.kind) : undefined);

/** Asked once more after a definite no; undefined when there was none. */
export const retried = ({ status, step }: Next): Next | undefined =>
  status === 'FAILED' && step === 'REFUNDING' ? { status: 'PENDING', step: 'REFUNDING' } : undefined;

/** The key of a refund's step. The provider's counts rounds: the next one begins only after a definite no, which its key keeps for ever. */
export const refundKeyOf = (refundId: string, step: RefundStep, round: number): string =>
  step === 'REFUNDING' ? `${refundId}:refund:${round}` : `${refundId}:${step.toLowerCase().replaceAll('_', '-')}`;

const failureWords = { declined: 'The payment provider declined to give the money back.', 'ticket-used': 'A ticket of these seats was used.' };
export type RefundError = keyof typeof failureWords;

/** Why it failed, for people. */
export const refundWords = (error: RefundError): string => failureWords[error];
