import { paraninfo } from '@boxoffice/venues';
import { eventOnSale } from './people.ts';
import { awaited, expectEqual, type JourneyReport } from './report.ts';
import type { Sale } from './sale-steps.ts';

/** One of two tickets goes back: its money, its seat and the right to enter; the other lives on. */
export async function refundSteps(report: JourneyReport, { organiser, rival, customer }: Sale): Promise<void> {
  const { step, refused } = report;
  const { client: staff } = organiser;
  const eventId = await eventOnSale(organiser, paraninfo());
  const { seats } = await rival.client.booking.eventSeats.query({ eventId });
  const [first, second] = seats.map(({ seatId }) => seatId);
  if (!first || !second) throw new Error('a refund needs two seats');
  const paid = await step('a customer buys two more tickets', () => twoTickets(rival, { eventId, seatIds: [first, second] }));
  const { paymentId } = paid;
  const refund = (given: { seatIds?: string[]; amountMinor?: number }) =>
    staff.payment.refundOrder.mutate({ paymentId, reason: 'journey', ...given });
  await refused('refund: by the customer', 'PAYMENT_NOT_FOUND', () => rival.client.payment.refundOrder.mutate({ paymentId, reason: 'mine' }));
  await refused("order: somebody else's", 'PAYMENT_NOT_FOUND', () => customer.client.payment.getOrder.query({ paymentId }));
  await refused('refund: more than was paid', 'REFUND_TOO_MUCH', () => refund({ amountMinor: paid.amountMinor + 1 }));
  await refused('refund: a seat of another order', 'SEATS_NOT_OF_ORDER', () => refund({ seatIds: [crypto.randomUUID()] }));
  await refused('cancel order: the organiser does not allow it', 'CANCELLATION_CLOSED', () =>
    rival.client.payment.cancelOrder.mutate({ paymentId, seatIds: [first] }),
  );
  const done = await step('the organiser refunds one of the two tickets', async () => staff.settledRefund(await refund({ seatIds: [first] })));
  expectEqual('refund', [done.status, done.amountMinor], ['DONE', paid.priceOf(first)]);
  await refused('refund: the same seat again', 'ALREADY_REFUNDED', () => refund({ seatIds: [first] }));
  const order = await rival.client.payment.getOrder.query({ paymentId });
  expectEqual(
    'order',
    [order.payment.status, order.refundedMinor, order.seats.map(({ refunded }) => refunded), order.tickets?.map(({ status }) => status).sort()],
    ['CONFIRMED', paid.priceOf(first), order.seats.map(({ seatId }) => seatId === first), ['ACTIVE', 'CANCELLED']],
  );
  const checkIn = (seatId: string) => staff.ticketing.checkIn.mutate({ eventId, qr: paid.qrOf(seatId), gate: 'North' });
  await refused('check in: refunded ticket', 'TICKET_CANCELLED', () => checkIn(first));
  await step('its seat is on sale again', () => customer.client.booking.holdSeats.mutate({ eventId, seatIds: [first] }));
  await step('the other ticket is let in', () => checkIn(second));
  await refused('refund: a ticket that was used', 'TICKET_ALREADY_USED', () => refund({ seatIds: [second] }));
}

async function twoTickets({ client }: Sale['rival'], wanted: { eventId: string; seatIds: string[] }) {
  const held = await client.booking.holdSeats.mutate(wanted);
  const { paymentId, amountMinor } = await client.payment.createPayment.mutate({ reservationId: held.reservationId });
  await client.payment.confirmPayment.mutate({ paymentId, card: '4242424242424242' });
  const tickets = await awaited('the tickets', 15_000, async () => {
    const { tickets: issued } = await client.ticketing.myTickets.query({ paymentId });
    return issued.length === 2 ? issued : undefined;
  });
  return {
    paymentId,
    amountMinor,
    priceOf: (seatId: string) => held.seats.find((seat) => seat.seatId === seatId)?.priceMinor,
    qrOf: (seatId: string) => tickets.find((ticket) => ticket.seatId === seatId)?.qr ?? '',
  };
}
