import type { PaymentService } from '@boxoffice/contracts';
import { asService } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { cancellableUntil } from '../domain/event-payments.ts';
import { orderOfViewer } from '../order-of-viewer.ts';
import { readEventPayments } from '../persistence/event-payments.sql.ts';
import { refundsOf } from '../persistence/refunds-of-payment.sql.ts';
import type { Transaction } from '../persistence/transaction.ts';
import { shownOrder } from '../shown-order.ts';

/** An order for its customer, or for box-office staff of its organisation. Refuses PAYMENT_NOT_FOUND (also for strangers), ROLE_REQUIRED. */
export const getOrder =
  (deps: OrderDeps): PaymentService['getOrder'] =>
  async ({ paymentId }, { actor }) => {
    const payment = await orderOfViewer(deps.db, paymentId, actor);
    const [refunds, tickets, until] = await Promise.all([
      refundsOf(deps.db, payment.id),
      ticketsOf(deps, payment),
      payment.status === 'CONFIRMED' ? readEventPayments(deps.db, payment.eventId).then(cancellableUntil) : null,
    ]);
    return shownOrder({ payment, refunds, tickets, cancellableUntil: until });
  };

/** Without their codes: who may see an order may not always enter with it. null when ticketing does not answer: the rest of the order is worth showing. */
async function ticketsOf({ ticketing }: OrderDeps, { id: paymentId, userId }: Transaction) {
  try {
    const { tickets } = await ticketing.ticketsOf({ paymentId }, asService('payment', userId));
    return tickets.map(({ ticketId, seatId, label, status }) => ({ ticketId, seatId, label, status }));
  } catch {
    return null;
  }
}
