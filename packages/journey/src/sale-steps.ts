import type { Organiser, Person } from './people.ts';
import type { JourneyReport } from './report.ts';

export type Sale = {
  organiser: Organiser;
  customer: Person;
  rival: Person;
  eventId: string;
  closedEventId: string;
  seatIds: string[];
  closedSeatId: string;
};

/** Every way a hold can be refused, each with its own code; none of them holds anything. `mine` are seats the customer holds already. */
export async function refusesBadHolds({ refused }: JourneyReport, sale: Sale, mine: string[]): Promise<void> {
  const { organiser, customer, rival, eventId, closedEventId, seatIds, closedSeatId } = sale;
  const [blocked = '', free = '', ...more] = seatIds.slice(20);
  const hold = (ids: string[], event = eventId) => rival.client.booking.holdSeats.mutate({ eventId: event, seatIds: ids });
  await organiser.client.booking.blockSeats.mutate({ eventId, seatIds: [blocked] });
  await refused('hold: taken seat among free ones', 'SEAT_ALREADY_HELD', () => hold([free, mine[0] ?? '']));
  await refused('hold: blocked seat', 'SEAT_BLOCKED', () => hold([blocked]));
  await refused('hold: unknown seat', 'SEAT_UNKNOWN', () => hold([crypto.randomUUID()]));
  await refused('hold: seat of another event', 'SEAT_OF_ANOTHER_EVENT', () => hold([closedSeatId]));
  await refused('hold: sale not open yet', 'ON_SALE_CLOSED', () => hold([closedSeatId], closedEventId));
  await refused('hold: too many seats', 'SEAT_LIMIT_EXCEEDED', () => hold(more.slice(0, 9)));
  await refused('hold: the same seat twice', 'BAD_REQUEST', () => hold([free, free]));
  await refused('hold: unknown event', 'EVENT_NOT_FOUND', () => hold([free], crypto.randomUUID()));
  await refused('hold: same idempotency key, other seats', 'IDEMPOTENCY_KEY_REUSED', async () => {
    const context = { context: { idempotencyKey: `journey-${crypto.randomUUID()}` } };
    await rival.client.booking.holdSeats.mutate({ eventId, seatIds: [more[10] ?? ''] }, context);
    await rival.client.booking.holdSeats.mutate({ eventId, seatIds: [more[11] ?? ''] }, context);
  });
  await refused('block: held seat', 'SEAT_ALREADY_HELD', () => organiser.client.booking.blockSeats.mutate({ eventId, seatIds: mine }));
  await refused('block: by a customer', 'EVENT_NOT_FOUND', () => customer.client.booking.blockSeats.mutate({ eventId, seatIds: [free] }));
}

/** Payments and reservations of others, and payments that cannot be. */
export async function refusesBadPayments({ refused }: JourneyReport, sale: Sale, reservationId: string, paymentId: string): Promise<void> {
  const { customer, rival } = sale;
  await refused("reservation: somebody else's", 'RESERVATION_NOT_FOUND', () => rival.client.booking.getReservation.query({ reservationId }));
  await refused("payment: for somebody else's reservation", 'RESERVATION_NOT_FOUND', () =>
    rival.client.payment.createPayment.mutate({ reservationId }),
  );
  await refused("payment: somebody else's", 'PAYMENT_NOT_FOUND', () => rival.client.payment.getPayment.query({ paymentId }));
  await refused('payment: a second one while the first is pending', 'PAYMENT_ALREADY_PENDING', () =>
    customer.client.payment.createPayment.mutate({ reservationId }),
  );
  await refused('payment: without a hold', 'RESERVATION_NOT_FOUND', () =>
    customer.client.payment.createPayment.mutate({ reservationId: crypto.randomUUID() }),
  );
  await refused('payment: card the test provider does not know', 'TEST_CARD_UNKNOWN', () =>
    customer.client.payment.confirmPayment.mutate({ paymentId, card: '4999999999999999' }),
  );
}
