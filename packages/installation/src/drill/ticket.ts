import {
  answerOf,
  awaited,
  expectEqual,
  guest,
  logIn,
  onceKnown,
  ownOrganisation,
  payFor,
  smokeEvent,
  smokeName,
  wayToPay,
} from '@boxoffice/journey';
import { administratorOf } from '../cluster/administrator.ts';
import { atGateway } from '../cluster/at-pod.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** A ticket that was bought before the backup. */
export type Bought = { eventId: string; ticketId: string; qr: string };

const gate = 'Restore drill';

/** Sells one ticket of the smallest event, as `helm test` does, and lets nobody in. `cancel` takes it off sale again. */
export const buyTicket = (cluster: Cluster): Promise<Bought> =>
  atGateway(cluster, async (url) => {
    const credentials = await administratorOf(cluster);
    const organiser = await ownOrganisation(await logIn(url, credentials), smokeName);
    const eventId = await smokeEvent(organiser);
    const customer = await guest(url, credentials.email);
    const { seats } = await customer.client.booking.eventSeats.query({ eventId });
    const { reservationId } = await customer.client.booking.holdSeats.mutate({ eventId, seatIds: seats.slice(0, 1).map(({ seatId }) => seatId) });
    const paymentId = await payFor({ organiser, customer, reservationId, way: await wayToPay(organiser, eventId) });
    const ticket = await awaited('the ticket', 60_000, async () => (await customer.client.ticketing.myTickets.query({ paymentId })).tickets[0]);
    return { eventId, ticketId: ticket.ticketId, qr: ticket.qr };
  });

export const cancelEvent = (cluster: Cluster, { eventId }: Bought): Promise<void> =>
  atGateway(cluster, async (url) => {
    const { client } = await logIn(url, await administratorOf(cluster));
    await client.booking.cancelEvent.mutate({ eventId });
  });

/** The administrator logs in by the password of before; the door lets the ticket in, and not twice. */
export const expectTicketValid = (cluster: Cluster, { eventId, ticketId, qr }: Bought): Promise<void> =>
  atGateway(cluster, async (url) => {
    const { client } = await awaited('the log-in', 60_000, async () => logIn(url, await administratorOf(cluster)));
    const admitted = await onceKnown('the event at the door', () => client.ticketing.checkIn.mutate({ eventId, qr, gate }));
    expectEqual('the ticket that was let in', admitted.ticketId, ticketId);
    const again = await client.ticketing.checkIn.mutate({ eventId, qr, gate }).then(
      () => 'LET IN AGAIN',
      (error: unknown) => answerOf(error).code,
    );
    expectEqual('the same ticket again', again, 'TICKET_ALREADY_USED');
  });
