import type { SeatingPlanFile } from '@boxoffice/venues';
import { eventOnSale, type Organiser, type Person } from './people.ts';
import { answerOf, awaited } from './report.ts';

/** What everything of a smoke test is called, so that people recognise it, and the next run finds it. */
export const smokeName = 'Smoke test';

/** Two seats: the smallest hall that sells one and keeps one. */
const plan: SeatingPlanFile = {
  name: smokeName,
  size: { width: 100, height: 100 },
  categories: [{ name: 'Seats' }],
  zones: [
    {
      name: 'Hall',
      position: { x: 0, y: 0 },
      rows: [{ row_number: 'A', position: { x: 0, y: 0 }, seats: [1, 2].map((seat) => seatOf(seat)) }],
    },
  ],
};
function seatOf(seat: number) {
  return { seat_guid: `smoke-A-${seat}`, seat_number: String(seat), position: { x: 20 * seat, y: 0 }, category: 'Seats' };
}

/** An event of one row, on sale since a minute ago. */
export const smokeEvent = (organiser: Organiser): Promise<string> => eventOnSale(organiser, plan, { name: smokeName });

/**
 * How this event can be paid here without anybody's money: through the test provider where it is on, else by hand.
 * Payment hears of the event by a message, so this waits for one.
 */
export async function wayToPay({ client }: Organiser, eventId: string): Promise<'test card' | 'by hand'> {
  const offered = await onceKnown('the message about the event', () => client.payment.paymentMethodsOf.query({ eventId }));
  if (offered.methods.some(({ provider }) => provider === 'test')) return 'test card';
  await client.payment.setEventPayments.mutate({ eventId, methods: ['at-door'], atDoor: { untilHoursBefore: 0 } });
  return 'by hand';
}

/** Pays a reservation, and answers its payment once it is confirmed. */
export async function payFor(sale: { organiser: Organiser; customer: Person; reservationId: string; way: 'test card' | 'by hand' }): Promise<string> {
  const { client } = sale.customer;
  const { paymentId } = await client.payment.createPayment.mutate({ reservationId: sale.reservationId });
  await client.payment.confirmPayment.mutate({ paymentId, ...(sale.way === 'test card' && { card: '4242424242424242' }) });
  if (sale.way === 'by hand') await sale.organiser.client.payment.markPaid.mutate({ paymentId, reason: smokeName });
  await awaited('the confirmed payment', 30_000, async () => {
    const { status, failureReason } = await client.payment.getPayment.query({ paymentId });
    if (status === 'FAILED') throw new Error(`the payment failed: ${failureReason}`);
    return status === 'CONFIRMED' ? true : undefined;
  });
  return paymentId;
}

/** What a service answers as soon as it has heard of the event. */
export const onceKnown = <T>(what: string, ask: () => Promise<T>): Promise<T> =>
  awaited(what, 30_000, () =>
    ask().catch((error: unknown) => {
      if (answerOf(error).code === 'EVENT_NOT_FOUND') return undefined;
      throw error;
    }),
  );
