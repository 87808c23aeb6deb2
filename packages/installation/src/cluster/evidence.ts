import type { BoxOfficeClient } from '@boxoffice/client';
import {
  answerOf,
  awaited,
  eventOnSale,
  expectEqual,
  guest,
  logIn,
  type Organiser,
  onceKnown,
  organiserOf,
  type Person,
  register,
} from '@boxoffice/journey';
import { paraninfo } from '@boxoffice/venues';
import { administratorOf } from './administrator.ts';
import { atGateway } from './at-pod.ts';
import type { Cluster } from './cluster.ts';

/** What was acknowledged to one customer before something happened to the installation. */
type Evidence = {
  customer: { email: string; password: string };
  eventId: string;
  paid: { reservationId: string; paymentId: string }[];
  held: { reservationId: string; heldUntil: Date }[];
  used: { ticketId: string; qr: string };
};

const card = '4242424242424242';
const gate = 'Cluster test';
const orders = { paid: 8, held: 4 };
/** One organisation for all evidence of a run: an account is a member of few. */
const organisers = new WeakMap<Cluster, Organiser>();

/** Puts an event of a real hall on sale, as the administrator. */
async function eventIn(cluster: Cluster, url: string): Promise<{ organiser: Organiser; eventId: string; seatIds: string[] }> {
  const known = organisers.get(cluster);
  const credentials = await administratorOf(cluster);
  const organiser = known ? { ...(await logIn(url, credentials)), organisationId: known.organisationId } : await organiserOf(url, credentials);
  organisers.set(cluster, organiser);
  const eventId = await eventOnSale(organiser, paraninfo(), { name: gate, maxSeatsPerCustomer: 100 });
  const { seats } = await organiser.client.booking.eventSeats.query({ eventId });
  return { organiser, eventId, seatIds: seats.map(({ seatId }) => seatId) };
}

/** A seat of a new event that a guest holds, who may go on with it. */
export async function holdOne(cluster: Cluster, url: string) {
  const { eventId, seatIds } = await eventIn(cluster, url);
  const [seatId = ''] = seatIds;
  const { client } = await guest(url);
  const { reservationId, heldUntil } = await client.booking.holdSeats.mutate({ eventId, seatIds: [seatId] });
  return { client, reservationId, heldUntil: new Date(heldUntil), eventId, seatId };
}

/** Sells to one customer: seats that are paid, seats that are only held, one ticket that is let in. */
export const makeEvidence = (cluster: Cluster): Promise<Evidence> =>
  atGateway(cluster, async (url) => {
    const { organiser, eventId, seatIds } = await eventIn(cluster, url);
    const customer = await register(url, 'customer');
    const { email, password } = customer; // not its client, whose way ends here
    const evidence: Omit<Evidence, 'used'> = { customer: { email, password }, eventId, paid: [], held: [] };
    for (const [index, seatId] of seatIds.slice(0, orders.paid + orders.held).entries()) {
      const { reservationId, heldUntil } = await customer.client.booking.holdSeats.mutate({ eventId, seatIds: [seatId] });
      if (index < orders.paid) evidence.paid.push({ reservationId, paymentId: await pay(customer.client, reservationId) });
      else evidence.held.push({ reservationId, heldUntil: new Date(heldUntil) });
    }
    const [ticket] = await awaited('all tickets', 60_000, async () => {
      const { tickets } = await customer.client.ticketing.myTickets.query({ eventId, limit: 100 });
      return tickets.length === orders.paid ? tickets : undefined;
    });
    if (!ticket) throw new Error('there is no ticket');
    await onceKnown('the event at the door', () => organiser.client.ticketing.checkIn.mutate({ eventId, qr: ticket.qr, gate }));
    return { ...evidence, used: { ticketId: ticket.ticketId, qr: ticket.qr } };
  });

export async function pay(client: BoxOfficeClient, reservationId: string): Promise<string> {
  const { paymentId } = await client.payment.createPayment.mutate({ reservationId });
  const { status } = await client.payment.confirmPayment.mutate({ paymentId, card });
  expectEqual('payment', status, 'CONFIRMED');
  return paymentId;
}

/** Reads all of it back: the customer logs in by the old password, holds what is held, owns what is paid; the used ticket is not let in again. */
export const expectEvidence = (cluster: Cluster, evidence: Evidence): Promise<void> =>
  atGateway(cluster, async (url) => {
    const customer = await awaited('the log-in', 60_000, () => logIn(url, evidence.customer).catch(unlessRefused));
    await expectReservations(customer, evidence);
    const { payments } = await customer.client.payment.listMyPayments.query({ limit: 100 });
    const confirmed = new Set(payments.filter(({ status }) => status === 'CONFIRMED').map(({ paymentId }) => paymentId));
    expectEqual('lost payments', evidence.paid.filter(({ paymentId }) => !confirmed.has(paymentId)).length, 0);
    const { tickets } = await customer.client.ticketing.myTickets.query({ eventId: evidence.eventId, limit: 100 });
    expectEqual('tickets', tickets.length, evidence.paid.length);
    expectEqual('the ticket that was let in', tickets.find(({ ticketId }) => ticketId === evidence.used.ticketId)?.status, 'USED');
    await expectTurnedAway(cluster, url, evidence);
    cluster.say(`found again: ${evidence.paid.length} paid orders with their tickets, ${evidence.held.length} holds, the used ticket is used`);
  });

/** An installation that has just come back may still be away for some. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof Error && /fetch failed|does not answer/.test(error.message)) return undefined;
  throw error;
}

async function expectReservations({ client }: Person, { paid, held }: Evidence): Promise<void> {
  const { reservations } = await client.booking.listMyReservations.query({ limit: 100 });
  const status = new Map(reservations.map((reservation) => [reservation.reservationId, reservation.status]));
  const bad = [
    ...paid.filter(({ reservationId }) => status.get(reservationId) !== 'CONFIRMED'),
    ...held.filter(({ reservationId, heldUntil }) => status.get(reservationId) !== (heldUntil.getTime() > Date.now() ? 'HELD' : 'RELEASED')),
  ];
  expectEqual(
    'reservations that are not what they were',
    bad.map(({ reservationId }) => `${reservationId} ${status.get(reservationId)}`),
    [],
  );
}

async function expectTurnedAway(cluster: Cluster, url: string, { eventId, used }: Evidence): Promise<void> {
  const { client } = await logIn(url, await administratorOf(cluster));
  const code = await client.ticketing.checkIn.mutate({ eventId, qr: used.qr, gate }).then(
    () => 'LET IN AGAIN',
    (error: unknown) => answerOf(error).code,
  );
  expectEqual('the used ticket at the door', code, 'TICKET_ALREADY_USED');
}
