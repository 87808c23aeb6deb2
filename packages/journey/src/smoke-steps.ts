import type { Credentials } from './config.ts';
import { ownOrganisation } from './own-organisation.ts';
import { guest, logIn, type Organiser } from './people.ts';
import { awaited, expectEqual, type JourneyReport } from './report.ts';
import { onceKnown, payFor, smokeEvent, smokeName, wayToPay } from './smoke-sale.ts';

/** A step that failed, and what whoever runs the installation can do about it. */
export class SmokeFault extends Error {
  override name = 'SmokeFault';
  readonly advice: string;
  constructor(cause: Error, advice: string) {
    super(cause.message, { cause });
    this.advice = advice;
  }
}

export type SmokeOptions = { url: string; administrator: Credentials; report: JourneyReport };

/**
 * Sells one ticket on a running installation, through everything that must work for it: accounts, the seat, the money, the message, the ticket, the
 * door. Then the event is cancelled, whatever happened, so that nothing stays on sale. Throws a SmokeFault.
 */
export async function buyOneTicket({ url, administrator, report }: SmokeOptions): Promise<void> {
  const step = advised(report);
  const admin = await step('the administrator logs in', advice.login(url), () => logIn(url, administrator));
  const organiser = await step('finds or creates the organisation', advice.organisation, () => ownOrganisation(admin, smokeName));
  const eventId = await step('puts an event of two seats on sale', advice.booking, () => smokeEvent(organiser));
  const failed = await sellAndAdmit({ url, organiser, eventId, step, email: administrator.email }).then(
    () => undefined,
    (fault: SmokeFault) => fault,
  );
  await step('cancels the event: nothing stays on sale', advice.cancel(eventId), async () =>
    expectEqual('event', (await organiser.client.booking.cancelEvent.mutate({ eventId })).status, 'CANCELLED'),
  ).catch((fault: SmokeFault) => {
    throw failed ?? fault; // the first thing that failed is what to look at
  });
  if (failed) throw failed;
}

type Sale = { url: string; organiser: Organiser; eventId: string; step: Advised; email: string };

async function sellAndAdmit({ url, organiser, eventId, step, email }: Sale): Promise<void> {
  // At the administrator's own address: the mail with the ticket arrives at somebody, and no stranger's server has to refuse it.
  const customer = await step('a customer comes', advice.identity, () => guest(url, email));
  const { client } = customer;
  const held = await step('holds a seat', advice.booking, async () => {
    const { seats } = await client.booking.eventSeats.query({ eventId });
    return client.booking.holdSeats.mutate({ eventId, seatIds: seats.slice(0, 1).map(({ seatId }) => seatId) });
  });
  const way = await step('payment has heard of the event', advice.messages('booking', 'payment'), () => wayToPay(organiser, eventId));
  const paymentId = await step(`pays ${way === 'test card' ? 'with a test card' : 'by hand'}`, advice.payment, () =>
    payFor({ organiser, customer, way, reservationId: held.reservationId }),
  );
  const ticket = await step('has the ticket', advice.messages('payment', 'ticketing'), () =>
    awaited('the ticket', 60_000, async () => (await client.ticketing.myTickets.query({ paymentId })).tickets[0]),
  );
  await step('and its QR image', advice.ticketing, async () => {
    const png = await client.ticketQrImage(ticket.ticketId);
    expectEqual('PNG signature', Buffer.from(png.subarray(1, 4)).toString('latin1'), 'PNG');
  });
  await step('is let in at the door', advice.messages('booking', 'ticketing'), () =>
    onceKnown('the event at the door', () => organiser.client.ticketing.checkIn.mutate({ eventId, qr: ticket.qr, gate: 'Smoke test' })),
  );
}

type Advised = <T>(name: string, what: string, work: () => Promise<T>) => Promise<T>;

const advised =
  (report: JourneyReport): Advised =>
  (name, what, work) =>
    report.step(name, work).catch((error: Error) => {
      throw new SmokeFault(error, what);
    });

const logs = (...processes: string[]) => `read the logs of ${processes.join(' and ')}`;
const advice = {
  login: (url: string) =>
    `See whether the gateway at ${url} is ready and can reach identity. Where it answers "wrong", the credentials are not those of the first account: somebody changed its password, so give the new one.`,
  organisation: `This account may not create organisations, or booking does not answer: use the installation's first account; ${logs('identity', 'booking')}.`,
  identity: `Identity did not start a session: ${logs('identity', 'gateway')}.`,
  booking: `Booking did not do it: see whether it and its database are ready; ${logs('booking')}.`,
  payment: `The payment did not end: see whether payment reaches booking by gRPC, and the payment provider; ${logs('payment', 'booking')}.`,
  ticketing: `Ticketing did not answer: ${logs('ticketing', 'gateway')}.`,
  messages: (from: string, to: string) =>
    `Messages may not pass: see whether Kafka is ready and has its topics, whether ${from}'s outbox grows and ${to} consumes; ${logs(from, to)}.`,
  cancel: (eventId: string) => `The event ${eventId} may still be on sale: cancel it, POST /events/${eventId}/cancel.`,
};
