import { z } from 'zod';
import type { Service, User } from './caller.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id, Instant, Text } from './values.ts';

export const TicketStatus = z.enum(['ACTIVE', 'USED', 'CANCELLED']);
export const Ticket = z.object({
  ticketId: Id,
  eventId: Id,
  paymentId: Id,
  seatId: Id,
  /** 'Stalls C 14' */
  label: z.string(),
  category: z.string(),
  status: TicketStatus,
  /** BO1.<base64url payload>.<base64url Ed25519 signature>; what the QR image shows. */
  qr: z.string(),
  createdAt: Instant,
  usedAt: Instant.nullable(),
  gate: z.string().nullable(),
});
export const MyTickets = z.object({ eventId: Id.optional(), paymentId: Id.optional(), limit: z.number().int().min(1).max(100).default(50) });
export const TicketList = z.object({ tickets: z.array(Ticket) });
export const TicketRef = z.object({ ticketId: Id });
export const CheckIn = z.object({ eventId: Id, qr: z.string().min(1).max(2000), gate: Text(60) });
export const CheckedIn = z.object({ ticketId: Id, label: z.string(), category: z.string(), gate: z.string(), checkedInAt: Instant });
export const TicketsOf = z.object({ paymentId: Id });
/** Tickets of a payment with their images, for a mail. `event` is null until the event's facts have arrived. */
export const PaymentTickets = z.object({
  tickets: z.array(Ticket.extend({ qrPngBase64: z.string() })),
  event: z.object({ name: z.string(), venue: z.string(), startsAt: Instant, timeZone: z.string() }).nullable(),
});
/** The seats of one refund; `refundId` makes it repeatable. With `force` also seats whose ticket was used. */
export const CancelTickets = z.object({
  paymentId: Id,
  refundId: Id,
  seatIds: z.array(Id).min(1).max(100),
  force: z.boolean(),
  reason: Text(200),
});
/** How many tickets of these seats are cancelled now; seats without tickets yet are remembered. */
export const CancelledTickets = z.object({ cancelled: z.number().int() });
/** Public keys that verify QR codes, for doors without network. `x` is the raw Ed25519 key in base64url. */
export const QrKeys = z.object({ keys: z.array(z.object({ keyId: z.string(), x: z.string() })) });
const Nothing = z.object({});

/** What the ticketing service promises. Images and live news have plain routes: GET /tickets/{ticketId}/qr.png and GET /live/tickets (see routes.ts). */
export interface TicketingService {
  myTickets: UseCase<typeof MyTickets, typeof TicketList, User>;
  getTicket: UseCase<typeof TicketRef, typeof Ticket, User>;
  /** Lets a ticket in, once. Refuses codes that are forged, used, cancelled or for another event, and says which. */
  checkIn: UseCase<typeof CheckIn, typeof CheckedIn, User>;
  qrKeys: UseCase<typeof Nothing, typeof QrKeys>;
  /** Every ticket of a payment with its QR image; for the notification and the payment service. */
  ticketsOf: UseCase<typeof TicketsOf, typeof PaymentTickets, Service>;
  /** Ends the tickets of seats whose money is about to go back, all or none: not when one was used, unless forced. For payment alone, on behalf of the customer. */
  cancelTickets: UseCase<typeof CancelTickets, typeof CancelledTickets, Service>;
}

const { router, refuses, anyone, user, service } = proceduresOver<{ ticketing: TicketingService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const ticketingRouter = router({
  myTickets: user.meta(rest('GET /tickets', 'My tickets'))
    .input(MyTickets).output(TicketList).query(({ ctx, input }) => ctx.ticketing.myTickets(input, ctx.caller)),
  getTicket: user.meta(rest('GET /tickets/{ticketId}', 'One of my tickets')).concat(refuses('TICKET_NOT_FOUND'))
    .input(TicketRef).output(Ticket).query(({ ctx, input }) => ctx.ticketing.getTicket(input, ctx.caller)),
  checkIn: user.meta(rest('POST /events/{eventId}/check-ins', 'Check a ticket in')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'TICKET_FORGED', 'TICKET_OF_ANOTHER_EVENT', 'TICKET_CANCELLED', 'TICKET_ALREADY_USED'))
    .input(CheckIn).output(CheckedIn).mutation(({ ctx, input }) => ctx.ticketing.checkIn(input, ctx.caller)),
  qrKeys: anyone.meta(rest('GET /ticket-keys', 'Public keys of ticket codes'))
    .input(Nothing).output(QrKeys).query(({ ctx, input }) => ctx.ticketing.qrKeys(input, ctx.caller)),
  ticketsOf: service
    .input(TicketsOf).output(PaymentTickets).query(({ ctx, input }) => ctx.ticketing.ticketsOf(input, ctx.caller)),
  cancelTickets: service.concat(refuses('TICKET_ALREADY_USED'))
    .input(CancelTickets).output(CancelledTickets).mutation(({ ctx, input }) => ctx.ticketing.cancelTickets(input, ctx.caller)),
});
