import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { cancellableUntil, type EventPayments } from '../domain/event-payments.ts';
import { readEventPayments } from '../persistence/event-payments.sql.ts';
import { findPayment } from '../persistence/find-payments.ts';
import { readRefund } from '../persistence/refunds-of-payment.sql.ts';
import { refundIdOf, requestRefund } from '../request-refund.ts';
import { settledRefund } from '../settled-refund.ts';
import { refundOrRefused, shownRefund } from '../shown-order.ts';

/**
 * A customer gives seats back for their money, as long as the organiser lets him; the same key is the same refund. Refuses PAYMENT_NOT_FOUND,
 * CANCELLATION_CLOSED, PAYMENT_NOT_CONFIRMED, SEATS_NOT_OF_ORDER, ALREADY_REFUNDED, REFUND_TOO_MUCH, TICKET_ALREADY_USED, IDEMPOTENCY_KEY_REUSED.
 */
export const cancelOrder =
  (deps: OrderDeps): PaymentService['cancelOrder'] =>
  async ({ paymentId, seatIds }, { actor: { userId }, idempotencyKey }) => {
    const payment = await findPayment(deps.db.em(), paymentId, userId);
    if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
    const key = `cancel-order:${idempotencyKey ?? newId()}`;
    const event = await readEventPayments(deps.db, payment.eventId);
    const request = {
      payment,
      seatIds,
      withFees: !event.settings.keepFees,
      force: false,
      requestedBy: userId,
      reason: 'cancelled by the customer',
      key,
    };
    // A repetition is answered as the first call was, also when the time to cancel is over by now.
    const isRepetition = (await readRefund(deps.db, refundIdOf(request))) !== undefined;
    if (!isRepetition) await refuseWhenClosed(deps, event);
    const { id } = await requestRefund(deps, undefined, request);
    return shownRefund(refundOrRefused(await settledRefund(deps, id)));
  };

/** Time is the database's, here as everywhere. */
async function refuseWhenClosed({ db }: OrderDeps, event: EventPayments): Promise<void> {
  const until = cancellableUntil(event);
  const [clock] = await db.query<{ now: Date }>('SELECT statement_timestamp() AS now');
  if (!until || !clock || clock.now > until) throw new Refusal('CANCELLATION_CLOSED', { until });
}
