import { isRefusal, type TicketingService } from '@boxoffice/contracts';
import type { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { asService, type GrpcClient, type Logger, type Metrics } from '@boxoffice/service-kit';
import { keyOf, type ProviderAnswer } from './domain/payment.ts';
import type { RefundHeard, TicketsAnswer } from './domain/refund.ts';
import type { DrivenRefund } from './persistence/refund-row.ts';
import { freeProvider } from './provider/free.ts';
import { answerWithin, type Providers } from './provider/provider.ts';

/** The door's side of a refund, and of an order. */
export type Ticketing = Pick<TicketingService, 'cancelTickets' | 'ticketsOf'>;

export interface RefundQuestionDeps {
  providers: Pick<Providers, 'of'>;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  ticketing: Pick<Ticketing, 'cancelTickets'>;
  logger: Logger;
  metrics: Metrics;
  /** How long the provider may take to answer, in milliseconds. */
  providerDeadlineMs: number;
}

/** Puts a refund's question, under its key, to whom it concerns. Never throws: no answer is `unknown`. */
export type AskRefund = (driven: DrivenRefund) => Promise<RefundHeard>;

/** The questions of every step of a refund, to ticketing, the provider and booking. */
export function refundQuestions(deps: RefundQuestionDeps): AskRefund {
  const seconds = deps.metrics.histogram('boxoffice_refund_question_seconds', 'Time until ticketing, provider or booking answered.', [
    'step',
    'answer',
  ]);
  return async (driven) => {
    const startedAt = performance.now();
    const { id: refundId, step } = driven.refund;
    const heard = await question(deps, driven).catch((error: unknown) => {
      deps.logger.warn({ err: error, refundId, step }, 'a question about a refund was not answered');
      return undefined;
    });
    seconds.observe({ step, answer: heard?.said.kind ?? 'unknown' }, (performance.now() - startedAt) / 1000);
    return heard ?? nothingHeard(driven);
  };
}

async function question(deps: RefundQuestionDeps, driven: DrivenRefund): Promise<RefundHeard> {
  switch (driven.refund.step) {
    case 'CANCELLING_TICKETS':
      return { from: 'ticketing', said: await askTicketing(deps, driven) };
    case 'REFUNDING':
      return { from: 'provider', said: await askProvider(deps, driven) };
    case 'RETURNING_SEATS':
      return { from: 'booking', said: await askBooking(deps, driven) };
    default:
      throw new Error(`nobody is asked while a refund is ${driven.refund.step}`);
  }
}

function nothingHeard({ refund: { step } }: DrivenRefund): RefundHeard {
  const said = { kind: 'unknown' as const };
  if (step === 'CANCELLING_TICKETS') return { from: 'ticketing', said };
  return step === 'REFUNDING' ? { from: 'provider', said } : { from: 'booking', said };
}

async function askTicketing({ ticketing }: RefundQuestionDeps, { refund, payment }: DrivenRefund): Promise<TicketsAnswer> {
  const { id: refundId, paymentId, seatIds, force, reason } = refund;
  try {
    await ticketing.cancelTickets({ paymentId, refundId, seatIds, force, reason }, asService('payment', payment.userId));
    return { kind: 'cancelled' };
  } catch (error) {
    if (isRefusal(error, 'TICKET_ALREADY_USED')) return { kind: 'used', ...error.refusal.details };
    throw error;
  }
}

function askProvider({ providers, providerDeadlineMs: deadlineMs, logger }: RefundQuestionDeps, { refund, payment }: DrivenRefund) {
  const { id: refundId, key, amountMinor, currency, attempts } = refund;
  const request = { key, charge: keyOf(payment.id, 'AUTHORISING'), amountMinor, currency, deadlineMs };
  const ask = async (): Promise<ProviderAnswer> => {
    const provider = amountMinor === 0 ? freeProvider : await providers.of(payment);
    // Asked again: what became of the first request is told without making another.
    const seen = attempts > 1 ? await provider.lookUpRefund?.(request) : undefined;
    return seen && seen.kind !== 'absent' ? seen : provider.refund(request);
  };
  return answerWithin(deadlineMs, ask, (error) =>
    logger.error({ err: error, refundId }, 'the question about a refund to the payment provider broke'),
  );
}

async function askBooking({ seatAllocation }: RefundQuestionDeps, { refund, payment }: DrivenRefund): Promise<{ kind: 'done' }> {
  try {
    // Booking returns only what is sold to this reservation: a repetition never takes a seat from whoever has it by then.
    await seatAllocation.returnSeats({ reservationId: payment.reservationId, seatIds: refund.seatIds }, asService('payment', payment.userId));
  } catch (error) {
    // A reservation booking has never heard of has no seats to give back.
    if (!isRefusal(error, 'RESERVATION_NOT_FOUND')) throw error;
  }
  return { kind: 'done' };
}
