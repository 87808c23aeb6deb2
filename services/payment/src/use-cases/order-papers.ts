import { type Caller, Refusal, type User } from '@boxoffice/contracts';
import { asService } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { eventCalendar } from '../documents/event-calendar.ts';
import type { OrderDocument, OrderTicket } from '../documents/order-document.ts';
import { orderPdf } from '../documents/order-pdf.ts';
import { orderOfViewer } from '../order-of-viewer.ts';
import { readEventPayments } from '../persistence/event-payments.sql.ts';
import { paidAt } from '../persistence/find-orders.sql.ts';
import { refundsOf } from '../persistence/refunds-of-payment.sql.ts';
import type { Transaction } from '../persistence/transaction.ts';

type Papers = (input: { paymentId: string }, caller: Caller<User>) => Promise<Buffer>;

/**
 * Receipt and tickets of a paid order for its customer; for box-office staff the receipt alone: who may see an order may not enter with it. Refuses
 * PAYMENT_NOT_FOUND (also to strangers), ROLE_REQUIRED, PAYMENT_NOT_CONFIRMED, OVERLOADED while the event's facts are on their way; SERVICE_UNAVAILABLE
 * when ticketing does not answer.
 */
export const orderPapers =
  (deps: OrderDeps): Papers =>
  async ({ paymentId }, { actor }) => {
    const payment = await paidOrder(deps, paymentId, actor);
    const [{ seller, event }, refunds, tickets, paid] = await Promise.all([
      eventOf(deps, payment),
      refundsOf(deps.db, payment.id),
      payment.userId === actor.userId ? ticketsOf(deps, payment) : [],
      paidAt(deps.db, payment.id),
    ]);
    return orderPdf({
      ...{ paymentId: payment.id, receiptNumber: receiptNumberOf(payment, paid), paidAt: paid, method: payment.method },
      ...{ seats: payment.seats, feeMinor: payment.feeMinor, currency: payment.currency, amountMinor: payment.amountMinor },
      refunds: refunds.flatMap(({ status, doneAt, amountMinor }) => (status === 'DONE' && doneAt ? [{ at: doneAt, amountMinor }] : [])),
      organiser: seller ?? { name: await deps.organiserOf(payment.organisationId), address: null, taxId: null },
      ...{ event, tickets },
    });
  };

/** The event of a paid order as a calendar file. Refuses as `orderPapers` does, but for ticketing. */
export const orderCalendar =
  (deps: OrderDeps): Papers =>
  async ({ paymentId }, { actor }) => {
    const payment = await paidOrder(deps, paymentId, actor);
    const { event, revision } = await eventOf(deps, payment);
    return Buffer.from(eventCalendar({ ...event, orderId: payment.id, revision, at: new Date() }));
  };

async function paidOrder({ db }: OrderDeps, paymentId: string, actor: User): Promise<Transaction> {
  const payment = await orderOfViewer(db, paymentId, actor);
  if (payment.status !== 'CONFIRMED' && payment.status !== 'REFUNDED') throw new Refusal('PAYMENT_NOT_CONFIRMED', { status: payment.status });
  return payment;
}

/** Who sells, and the event as papers name it. Refuses OVERLOADED while its facts are on their way. */
async function eventOf({ db }: OrderDeps, { eventId }: Transaction): Promise<Pick<OrderDocument, 'event'> & { seller: Seller; revision: number }> {
  const { facts, settings } = await readEventPayments(db, eventId);
  if (!facts) throw new Refusal('OVERLOADED', { retryAfterSeconds: 5 });
  return { event: facts, seller: settings.seller, revision: facts.revision };
}
type Seller = OrderDocument['organiser'] | null;

const ticketsOf = async ({ ticketing }: OrderDeps, { id: paymentId, userId }: Transaction): Promise<OrderTicket[]> =>
  (await ticketing.ticketsOf({ paymentId }, asService('payment', userId))).tickets;

/** The year of the payment and the number of its transaction, as people read it aloud. */
const receiptNumberOf = ({ transactionId }: Transaction, paid: Date): string => `${paid.getUTCFullYear()}-${transactionId.slice(-12).toUpperCase()}`;
