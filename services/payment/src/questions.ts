import { isRefusal } from '@boxoffice/contracts';
import { ConfirmResult, type SeatAllocationService } from '@boxoffice/contracts/grpc';
import { asService, type GrpcClient, type Logger, type Metrics } from '@boxoffice/service-kit';
import { asked, type Heard, keyOf, type OpenStep, type ProviderAnswer, type SeatsAnswer } from './domain/payment.ts';
import type { Transaction } from './persistence/transaction.ts';
import { answerWithin, type PaymentProvider, type PayWith, type Providers } from './provider/provider.ts';

export type { PaymentProvider, PayWith };

export interface QuestionDeps {
  providers: Pick<Providers, 'of'>;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  logger: Logger;
  metrics: Metrics;
  /** How long the provider may take to answer, in milliseconds. */
  providerDeadlineMs: number;
}

/** A payment that waits for an answer. */
export type OpenPayment = Transaction & { step: OpenStep };

/** Puts a step's question, under the step's key, to whom it concerns. Never throws: no answer is `unknown`. `payWith` is there only while its customer is. */
export type Ask = (payment: OpenPayment, payWith?: PayWith) => Promise<Heard>;

/** The questions of every step, to the provider and to booking. */
export function questions(deps: QuestionDeps): Ask {
  const seconds = deps.metrics.histogram('boxoffice_payment_question_seconds', 'Time until provider or booking answered.', ['step', 'answer']);
  return async (payment, payWith) => {
    const startedAt = performance.now();
    const heard: Heard =
      asked[payment.step] === 'provider'
        ? { from: 'provider', said: await askProvider(deps, payment, payWith) }
        : { from: 'booking', said: await askBooking(deps, payment) };
    seconds.observe({ step: payment.step, answer: heard.said.kind }, (performance.now() - startedAt) / 1000);
    return heard;
  };
}

function askProvider(deps: QuestionDeps, payment: OpenPayment, payWith: PayWith | undefined): Promise<ProviderAnswer> {
  const { logger, providers, providerDeadlineMs } = deps;
  const onFault = (error: unknown) =>
    logger.error({ err: error, paymentId: payment.id, step: payment.step }, 'the question to the payment provider broke');
  const ask = async () => providerQuestion({ provider: await providers.of(payment), providerDeadlineMs }, payment, payWith);
  return answerWithin(providerDeadlineMs, ask, onFault);
}

/** The provider's part of `questions`, without a deadline. */
export function providerQuestion(
  { provider, providerDeadlineMs: deadlineMs }: { provider: PaymentProvider; providerDeadlineMs: number },
  payment: OpenPayment,
  payWith: PayWith | undefined,
): Promise<ProviderAnswer> {
  const { id, step, amountMinor, currency } = payment;
  const charge = keyOf(id, 'AUTHORISING');
  const request = { key: keyOf(id, step), charge, amountMinor, currency, deadlineMs };
  switch (step) {
    case 'AUTHORISING':
      return authoriseOrLookUp(provider, { ...request, charge }, { payment, payWith });
    case 'CAPTURING':
      return provider.capture(request);
    case 'VOIDING':
      return provider.void(request);
    case 'REFUNDING':
      return provider.refund(request);
    default:
      throw new Error(`the provider has no question while ${step}`);
  }
}

type Authorisation = Parameters<PaymentProvider['capture']>[0];
/** So often an authorisation that was never seen is sent again; it takes about as long as "never seen" needs to be believed. */
const mostResends = 3;

/** Who does not have what the customer pays with (or has something else) asks what became of the request instead of sending it again. */
async function authoriseOrLookUp(
  provider: PaymentProvider,
  { charge, ...request }: Authorisation,
  { payment: { cardLast4, payWith: stored, attempts }, payWith }: { payment: OpenPayment; payWith: PayWith | undefined },
): Promise<ProviderAnswer> {
  // A card is never stored: only its customer can send it.
  if (payWith && cardLast4 !== null && payWith.card?.slice(-4) === cardLast4) return provider.authorise({ ...request, payWith });
  // Sent as it was the first time, or it would be another request under the same key.
  if (payWith && stored && payWith.paymentMethodId === stored.paymentMethodId) return provider.authorise({ ...request, payWith: stored });
  const answer = await provider.lookUp({ charge, deadlineMs: request.deadlineMs });
  return answer.kind === 'absent' && stored && attempts <= mostResends ? provider.authorise({ ...request, payWith: stored }) : answer;
}

/** Booking's part of `questions`. */
export async function askBooking(deps: Pick<QuestionDeps, 'seatAllocation' | 'logger'>, payment: OpenPayment): Promise<SeatsAnswer> {
  try {
    return await bookingQuestion(deps, payment);
  } catch (error) {
    // A reservation booking has never heard of has no seats: none to sell, none to give back.
    if (isRefusal(error, 'RESERVATION_NOT_FOUND')) return { kind: payment.step === 'CONFIRMING_SEATS' ? 'gone' : 'done' };
    deps.logger.warn({ err: error, paymentId: payment.id, step: payment.step }, 'booking did not answer');
    return { kind: 'unknown' };
  }
}

async function bookingQuestion({ seatAllocation }: Pick<QuestionDeps, 'seatAllocation'>, payment: OpenPayment): Promise<SeatsAnswer> {
  const { id: paymentId, reservationId, seats, step, userId } = payment;
  const caller = asService('payment', userId);
  switch (step) {
    case 'CONFIRMING_SEATS': {
      const { result } = await seatAllocation.confirmSeat({ reservationId, paymentId, seats: seats.length }, caller);
      return { kind: confirmAnswers[result] ?? 'unknown' };
    }
    case 'RETURNING_SEATS':
      await seatAllocation.returnSeats({ reservationId, seatIds: seats.map((seat) => seat.seatId) }, caller);
      return { kind: 'done' };
    case 'RELEASING_SEATS':
      await seatAllocation.releaseSeat({ reservationId, reason: 'payment-failed' }, caller);
      return { kind: 'done' };
    default:
      throw new Error(`booking has no question while ${step}`);
  }
}

const confirmAnswers: Record<ConfirmResult, SeatsAnswer['kind']> = {
  [ConfirmResult.UNSPECIFIED]: 'unknown',
  [ConfirmResult.CONFIRMED]: 'confirmed',
  [ConfirmResult.OTHER]: 'other',
  [ConfirmResult.GONE]: 'gone',
};
