import { paraninfo } from '@boxoffice/venues';
import { eventOnSale, register } from './people.ts';
import { awaited, expectEqual, type JourneyReport } from './report.ts';
import type { Sale } from './sale-steps.ts';

type Ticket = { ticketId: string; qr: string };

/** Door staff let a ticket in once, and turn away everything else with its reason. */
export async function doorSteps(report: JourneyReport, url: string, sale: Sale, tickets: Ticket[]): Promise<void> {
  const { step, refused } = report;
  const { eventId, organiser } = sale;
  const [first, second] = tickets;
  if (!first || !second) throw new Error('the door needs two tickets');
  const staff = await step('the organiser gives somebody the door role', async () => {
    const person = await register(url, 'door');
    await organiser.client.identity.addMember.mutate({ organisationId: organiser.organisationId, email: person.email, role: 'door' });
    await person.client.renewSession();
    return person;
  });
  const checkIn = (qr: string, event = eventId) => staff.client.ticketing.checkIn.mutate({ eventId: event, qr, gate: 'North' });
  await refused('check in: by a customer', 'EVENT_NOT_FOUND', () =>
    sale.customer.client.ticketing.checkIn.mutate({ eventId, qr: first.qr, gate: 'North' }),
  );
  await refused('publish: by door staff', 'ROLE_REQUIRED', () => staff.client.booking.cancelEvent.mutate({ eventId }));
  const welcome = await step('the door checks a ticket in', () => awaited('the event is known at the door', 10_000, () => checkIn(first.qr)));
  expectEqual('welcomed ticket', welcome.ticketId, first.ticketId);
  await refused('check in: second time', 'TICKET_ALREADY_USED', () => checkIn(first.qr));
  await refused('check in: forged signature', 'TICKET_FORGED', () => checkIn(`${second.qr.slice(0, -6)}AAAAAA`));
  await refused('check in: not a ticket code', 'TICKET_FORGED', () => checkIn('https://example.org'));
  await refused('check in: ticket of another event', 'TICKET_OF_ANOTHER_EVENT', () => checkIn(second.qr, sale.closedEventId));
  await step('tickets of a cancelled event are refused', () => cancelledEvent(report, sale, staff.client));
}

async function cancelledEvent({ refused }: JourneyReport, sale: Sale, door: Sale['customer']['client']): Promise<void> {
  const { organiser, rival } = sale;
  const eventId = await eventOnSale(organiser, paraninfo());
  const { seats } = await rival.client.booking.eventSeats.query({ eventId });
  const held = await rival.client.booking.holdSeats.mutate({ eventId, seatIds: seats.slice(0, 1).map((seat) => seat.seatId) });
  const { paymentId } = await rival.client.payment.createPayment.mutate({ reservationId: held.reservationId });
  await rival.client.payment.confirmPayment.mutate({ paymentId, card: '4242424242424242' });
  const ticket = await awaited('the ticket', 15_000, async () => (await rival.client.ticketing.myTickets.query({ paymentId })).tickets[0]);
  await organiser.client.booking.cancelEvent.mutate({ eventId });
  await awaited('the ticket is cancelled', 15_000, async () =>
    (await rival.client.ticketing.getTicket.query({ ticketId: ticket.ticketId })).status === 'CANCELLED' ? true : undefined,
  );
  await refused('check in: cancelled ticket', 'TICKET_CANCELLED', () => door.ticketing.checkIn.mutate({ eventId, qr: ticket.qr, gate: 'North' }));
  await refused('hold: cancelled event', 'EVENT_CANCELLED', () =>
    rival.client.booking.holdSeats.mutate({ eventId, seatIds: seats.slice(1, 2).map((seat) => seat.seatId) }),
  );
}
