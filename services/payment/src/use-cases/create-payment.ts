import { type Caller, type PaymentMethod, type PaymentService, Refusal, type User } from '@boxoffice/contracts';
import { asService, derivedId, newId, UnknownOutcome } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { chosenOffer } from '../domain/event-payments.ts';
import { isByHand } from '../domain/payment.ts';
import { openPayment } from '../persistence/open-payment.sql.ts';
import type { Transaction } from '../persistence/transaction.ts';
import { refuseCurrency } from '../provider/currencies.ts';
import { freeProvider } from '../provider/free.ts';
import { shown } from '../shown-payment.ts';

/**
 * Opens a payment of the price booking names and the event's fee, and has the seats kept for it. The id derives from the idempotency key: a retry is the same payment.
 * Refuses PAYMENT_ALREADY_PENDING, IDEMPOTENCY_KEY_REUSED, OVERLOADED (booking silent) and what booking refuses: RESERVATION_NOT_FOUND, _EXPIRED, _NOT_HELD;
 * METHOD_NOT_OFFERED, PAYMENTS_NOT_SET_UP without anybody to take the money, CURRENCY_NOT_SUPPORTED by who does.
 */
export const createPayment =
  (deps: Deps): PaymentService['createPayment'] =>
  async ({ reservationId, method }, caller) => {
    const { userId } = caller.actor;
    const id = caller.idempotencyKey === undefined ? newId() : derivedId(userId, `create-payment:${caller.idempotencyKey}`);
    const opened = await opening(deps, id, { reservationId, method, caller }).catch(async (no: unknown) => {
      // A repetition may find the seats sold, or booking silent. Looked up only then: a first call has nothing to find.
      const earlier = await deps.batches.find(id, userId);
      if (!earlier) throw no;
      return earlier;
    });
    if (opened.id !== id) throw new Refusal('PAYMENT_ALREADY_PENDING', { paymentId: opened.id });
    return shown(sameRequest(opened, { reservationId, method }));
  };

type Wish = { reservationId: string; method: PaymentMethod | undefined };

/** Who is asked about the money: nobody outside when it goes from hand to hand, or when there is none. */
async function throughWhom(
  { accountFor }: Deps,
  order: { method: PaymentMethod; amountMinor: number; organisationId: string; accountId: string | null },
) {
  if (isByHand(order.method)) return { provider: 'by-hand', accountId: null };
  return order.amountMinor === 0 ? { provider: freeProvider.name, accountId: null } : accountFor(order.organisationId, order.accountId);
}

/** The new payment, or the one in its way. */
async function opening(deps: Deps, id: string, { reservationId, method, caller }: Wish & { caller: Caller<User> }): Promise<Transaction> {
  const price = await priceOf(deps, reservationId, caller);
  const event = await deps.events.of(price.eventId);
  const feeMinor = event.settings.feePerSeatMinor * price.seats.length;
  const amountMinor = price.amountMinor + feeMinor;
  const { organisationId } = price;
  const offer = chosenOffer(event, { method, amountMinor, now: new Date() });
  const through = await throughWhom(deps, { method: offer.method, amountMinor, organisationId, accountId: event.settings.accountId });
  refuseCurrency(through.provider, { amountMinor, currency: price.currency });
  const terms = { ...price, ...through, method: offer.method, amountMinor, feeMinor };
  const payment = { id, transactionId: newId(), reservationId, userId: caller.actor.userId, ...terms };
  return (await deps.batches.open(payment)) ?? openPayment(deps.db, payment);
}

function sameRequest(payment: Transaction, { reservationId, method }: Wish): Transaction {
  const isSame = payment.reservationId === reservationId.toLowerCase() && (method === undefined || method === payment.method);
  if (!isSame) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
  return payment;
}

async function priceOf({ seatAllocation }: Deps, reservationId: string, { actor, requestId, traceparent }: Caller<User>) {
  const forUser = { ...asService('payment', actor.userId), requestId, traceparent };
  try {
    const { eventId, organisationId, amountMinor, currency, seats, heldUntil } = await seatAllocation.beginPayment({ reservationId }, forUser);
    const priced = seats.map(({ seatId, label, category, priceMinor }) => ({ seatId, label, category, priceMinor })); // without protobuf's own fields
    return { eventId, organisationId, amountMinor, currency, seats: priced, payUntil: new Date(heldUntil) };
  } catch (error) {
    // Nothing has happened that the next call would not find the same.
    if (error instanceof UnknownOutcome) throw new Refusal('OVERLOADED', { retryAfterSeconds: 1 });
    throw error;
  }
}
