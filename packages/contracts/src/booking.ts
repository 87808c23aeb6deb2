import { z } from 'zod';
import type { User } from './caller.ts';
import { inOneGo, proceduresOver, rest, type UseCase } from './procedures.ts';
import { AmountMinor, CurrencyCode, Id, Instant, Text, TimeZone } from './values.ts';

/** Name of a price class, as the seating plan writes it. */
export const CategoryName = Text(60);
export const EventStatus = z.enum(['DRAFT', 'PUBLISHED', 'CANCELLED']);
export const CategoryPrice = z.object({ category: CategoryName, priceMinor: AmountMinor });

/** Name of an admission area, as the seating plan writes it. */
export const AreaName = Text(60);

// Answers got `areas` later than their other fields: `default` reads them from a service of an older release, too, while an installation is being upgraded.
/** What an upload answers; the plan itself is fixed from here on. `seats` counts everything that can be sold: seats, and places of admission areas. */
export const SeatingPlan = z.object({
  seatingPlanId: Id,
  organisationId: Id,
  name: z.string(),
  seats: z.number().int(),
  categories: z.array(z.object({ name: z.string(), seats: z.number().int() })),
  sections: z.array(z.object({ name: z.string(), seats: z.number().int() })),
  areas: z.array(z.object({ name: z.string(), category: z.string(), capacity: z.number().int() })).default([]),
});

export const CreateEvent = z.object({
  organisationId: Id,
  seatingPlanId: Id,
  name: Text(200),
  venue: Text(200),
  startsAt: Instant,
  timeZone: TimeZone,
  currency: CurrencyCode,
  /** One price per category of the plan, gross. */
  prices: z.array(CategoryPrice).min(1).max(200),
  onSaleFrom: Instant,
  onSaleUntil: Instant,
  /** Seats one customer may hold and own together. */
  maxSeatsPerCustomer: z.number().int().min(1).max(100).default(8),
});
export const EventRef = z.object({ eventId: Id });
export const Event = z.object({
  eventId: Id,
  organisationId: Id,
  name: z.string(),
  venue: z.string(),
  status: EventStatus,
  startsAt: Instant,
  timeZone: z.string(),
  currency: z.string(),
  prices: z.array(z.object({ category: z.string(), priceMinor: z.number().int() })),
  onSaleFrom: Instant,
  onSaleUntil: Instant,
  maxSeatsPerCustomer: z.number().int(),
  /** Seats and places of admission areas. */
  seats: z.number().int(),
  /** How long a hold lasts, in milliseconds. */
  holdTtlMs: z.number().int(),
});
export const ListEvents = z.object({ limit: z.number().int().min(1).max(100).default(20), after: Id.optional() });
export const ListOrganisationEvents = z.object({ organisationId: Id, limit: z.number().int().min(1).max(100).default(20), after: Id.optional() });
/** By id, newest first; `next` continues the list. */
export const EventList = z.object({ events: z.array(Event), next: Id.nullable() });

/** Whom a place is meant for: `accessible` is a wheelchair place, `companion` a seat beside one that is kept for who comes along. */
export const SeatKind = z.enum(['standard', 'accessible', 'companion']);
export type SeatKind = z.output<typeof SeatKind>;
/** The static plan of an event: `seats[i]` is the seat whose character stands at position i of the seat map; areas are sold by number (`holdAdmission`). */
export const EventSeats = z.object({
  eventId: Id,
  seats: z.array(
    z.object({
      seatId: Id,
      section: z.string(),
      row: z.string(),
      seat: z.string(),
      category: z.string(),
      priceMinor: z.number().int(),
      kind: SeatKind.default('standard'),
      x: z.number(),
      y: z.number(),
    }),
  ),
  areas: z.array(z.object({ area: z.string(), category: z.string(), capacity: z.number().int(), priceMinor: z.number().int() })).default([]),
});
const AreaCount = z.object({ area: z.string(), free: z.number().int(), held: z.number().int(), sold: z.number().int(), blocked: z.number().int() });
/** One character per seat in plan order: 0 free, 1 held, 2 sold, 3 blocked; and each admission area in numbers. */
export const SeatMap = z.object({
  eventId: Id,
  at: Instant,
  map: z.string().regex(/^[0-3]*$/),
  areas: z.array(AreaCount).default([]),
  nextExpiryAt: Instant.nullable(),
});

const SeatIds = z
  .array(Id)
  .min(1)
  .max(100)
  .refine((ids) => new Set(ids).size === ids.length, 'Name each seat once.');
export const HoldSeats = inOneGo(z.object({ eventId: Id, seatIds: SeatIds }));
/** `quantity` neighbours, all of the category when one is named; `accessible` of them wheelchair places, the others are their companions. */
export const HoldBestAvailable = z
  .object({
    eventId: Id,
    quantity: z.number().int().min(1).max(20),
    category: CategoryName.optional(),
    accessible: z.number().int().min(0).max(20).default(0),
  })
  .refine(({ accessible, quantity }) => accessible <= quantity, { path: ['accessible'], message: 'At most as many as the whole group.' });
/** Any `quantity` places of an area; nobody chooses which. */
export const HoldAdmission = z.object({ eventId: Id, area: AreaName, quantity: z.number().int().min(1).max(20) });
export const ReservationStatus = z.enum(['HELD', 'CONFIRMED', 'RELEASED']);
export const ReleaseReason = z.enum(['customer', 'expired', 'payment-failed', 'refunded', 'event-cancelled']);
/** A seat as people read it: label is 'Stalls C 14', or of a place in an admission area 'Standing 417'. */
export const SeatPrice = z.object({ seatId: Id, label: z.string(), category: z.string(), priceMinor: z.number().int() });
export const Reservation = inOneGo(
  z.object({
    reservationId: Id,
    eventId: Id,
    status: ReservationStatus,
    releaseReason: ReleaseReason.nullable(),
    heldUntil: Instant,
    seats: z.array(SeatPrice),
    amountMinor: z.number().int(),
    currency: z.string(),
  }),
);
export const ReservationRef = z.object({ reservationId: Id });
export const ListMyReservations = z.object({ limit: z.number().int().min(1).max(100).default(20) });
export const ReservationList = z.object({ reservations: z.array(Reservation) });
export const BlockSeats = z.object({ eventId: Id, seatIds: SeatIds });
export const BlockedSeats = z.object({ eventId: Id, changed: z.number().int() });
/** How many places of an area are to be off sale, all told. */
export const BlockAdmission = z.object({ eventId: Id, area: AreaName, blocked: z.number().int().min(0).max(100_000) });
export const BlockedAdmission = z.object({ eventId: Id, area: z.string(), blocked: z.number().int() });
/** Live numbers; available + held + sold + blocked = capacity. */
export const Inventory = z.object({
  eventId: Id,
  at: Instant,
  total: z.object({
    available: z.number().int(),
    held: z.number().int(),
    sold: z.number().int(),
    blocked: z.number().int(),
    capacity: z.number().int(),
  }),
  byCategory: z.array(
    z.object({
      category: z.string(),
      available: z.number().int(),
      held: z.number().int(),
      sold: z.number().int(),
      blocked: z.number().int(),
      capacity: z.number().int(),
    }),
  ),
});

/** What the booking service promises. Seating plans arrive by their own route: POST /uploads/seating-plans?organisationId=… (see routes.ts). */
export interface BookingService {
  /** A draft event with one seat row per seat of the stored plan. */
  createEvent: UseCase<typeof CreateEvent, typeof Event, User>;
  /** Opens a draft to the public; its on-sale window decides when seats can be held. */
  publishEvent: UseCase<typeof EventRef, typeof Event, User>;
  /** Ends an event for good: no more holds, tickets are cancelled. A second call changes nothing. */
  cancelEvent: UseCase<typeof EventRef, typeof Event, User>;
  /** A published or cancelled event for anyone; a draft for its organisation only. */
  getEvent: UseCase<typeof EventRef, typeof Event>;
  /** Published events. */
  listEvents: UseCase<typeof ListEvents, typeof EventList>;
  /** Every event of an organisation, drafts too; for its members. */
  listOrganisationEvents: UseCase<typeof ListOrganisationEvents, typeof EventList, User>;
  eventSeats: UseCase<typeof EventRef, typeof EventSeats>;
  seatMap: UseCase<typeof EventRef, typeof SeatMap>;
  /** Holds every seat, or refuses and holds none. The same idempotency key is the same reservation. */
  holdSeats: UseCase<typeof HoldSeats, typeof Reservation, User>;
  /**
   * Holds the best neighbouring seats that are free: first row first, wheelchair places only for those who ask. Never refuses while such neighbours are
   * free. The same idempotency key is the same reservation.
   */
  holdBestAvailable: UseCase<typeof HoldBestAvailable, typeof Reservation, User>;
  /** Holds that many places of an admission area, or refuses and holds none. The same idempotency key is the same reservation. */
  holdAdmission: UseCase<typeof HoldAdmission, typeof Reservation, User>;
  /** Gives a held reservation back; a second call changes nothing. */
  releaseReservation: UseCase<typeof ReservationRef, typeof Reservation, User>;
  getReservation: UseCase<typeof ReservationRef, typeof Reservation, User>;
  listMyReservations: UseCase<typeof ListMyReservations, typeof ReservationList, User>;
  /** Takes free seats off sale, all or none; held and sold seats are refused. */
  blockSeats: UseCase<typeof BlockSeats, typeof BlockedSeats, User>;
  /** Puts blocked seats back on sale; seats that are not blocked stay as they are. */
  unblockSeats: UseCase<typeof BlockSeats, typeof BlockedSeats, User>;
  /** Leaves exactly this many free places of an admission area off sale, or refuses and changes none. */
  blockAdmission: UseCase<typeof BlockAdmission, typeof BlockedAdmission, User>;
  inventory: UseCase<typeof EventRef, typeof Inventory, User>;
}

const { router, refuses, anyone, user } = proceduresOver<{ booking: BookingService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const bookingRouter = router({
  createEvent: user.meta(rest('POST /events', 'Create an event')).concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED', 'SEATING_PLAN_NOT_FOUND', 'EVENT_INVALID', 'IDEMPOTENCY_KEY_REUSED'))
    .input(CreateEvent).output(Event).mutation(({ ctx, input }) => ctx.booking.createEvent(input, ctx.caller)),
  publishEvent: user.meta(rest('POST /events/{eventId}/publish', 'Publish an event')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'EVENT_NOT_DRAFT'))
    .input(EventRef).output(Event).mutation(({ ctx, input }) => ctx.booking.publishEvent(input, ctx.caller)),
  cancelEvent: user.meta(rest('POST /events/{eventId}/cancel', 'Cancel an event')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(EventRef).output(Event).mutation(({ ctx, input }) => ctx.booking.cancelEvent(input, ctx.caller)),
  getEvent: anyone.meta(rest('GET /events/{eventId}', 'One event')).concat(refuses('EVENT_NOT_FOUND'))
    .input(EventRef).output(Event).query(({ ctx, input }) => ctx.booking.getEvent(input, ctx.caller)),
  listEvents: anyone.meta(rest('GET /events', 'Published events'))
    .input(ListEvents).output(EventList).query(({ ctx, input }) => ctx.booking.listEvents(input, ctx.caller)),
  listOrganisationEvents: user.meta(rest('GET /organisations/{organisationId}/events', 'Events of an organisation')).concat(refuses('ORGANISATION_NOT_FOUND'))
    .input(ListOrganisationEvents).output(EventList).query(({ ctx, input }) => ctx.booking.listOrganisationEvents(input, ctx.caller)),
  eventSeats: anyone.meta(rest('GET /events/{eventId}/seats', 'The static plan of an event')).concat(refuses('EVENT_NOT_FOUND'))
    .input(EventRef).output(EventSeats).query(({ ctx, input }) => ctx.booking.eventSeats(input, ctx.caller)),
  seatMap: anyone.meta(rest('GET /events/{eventId}/seat-map', 'Which seats are free')).concat(refuses('EVENT_NOT_FOUND'))
    .input(EventRef).output(SeatMap).query(({ ctx, input }) => ctx.booking.seatMap(input, ctx.caller)),
  holdSeats: user.meta(rest('POST /events/{eventId}/reservations', 'Hold seats'))
    .concat(refuses('SEAT_ALREADY_HELD', 'SEAT_SOLD', 'SEAT_BLOCKED', 'SEAT_UNKNOWN', 'SEAT_OF_ANOTHER_EVENT', 'SEAT_LIMIT_EXCEEDED', 'ON_SALE_CLOSED', 'EVENT_CANCELLED', 'EVENT_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'OVERLOADED'))
    .input(HoldSeats).output(Reservation).mutation(({ ctx, input }) => ctx.booking.holdSeats(input, ctx.caller)),
  holdBestAvailable: user.meta(rest('POST /events/{eventId}/best-available', 'Hold the best seats together'))
    .concat(refuses('NO_SEATS_TOGETHER', 'CATEGORY_UNKNOWN', 'SEAT_LIMIT_EXCEEDED', 'ON_SALE_CLOSED', 'EVENT_CANCELLED', 'EVENT_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'OVERLOADED'))
    .input(HoldBestAvailable).output(Reservation).mutation(({ ctx, input }) => ctx.booking.holdBestAvailable(input, ctx.caller)),
  holdAdmission: user.meta(rest('POST /events/{eventId}/admissions', 'Hold places of an admission area'))
    .concat(refuses('ADMISSION_SOLD_OUT', 'ADMISSION_AREA_UNKNOWN', 'SEAT_LIMIT_EXCEEDED', 'ON_SALE_CLOSED', 'EVENT_CANCELLED', 'EVENT_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'OVERLOADED'))
    .input(HoldAdmission).output(Reservation).mutation(({ ctx, input }) => ctx.booking.holdAdmission(input, ctx.caller)),
  releaseReservation: user.meta(rest('POST /reservations/{reservationId}/release', 'Give held seats back')).concat(refuses('RESERVATION_NOT_FOUND', 'RESERVATION_NOT_HELD'))
    .input(ReservationRef).output(Reservation).mutation(({ ctx, input }) => ctx.booking.releaseReservation(input, ctx.caller)),
  getReservation: user.meta(rest('GET /reservations/{reservationId}', 'One of my reservations')).concat(refuses('RESERVATION_NOT_FOUND'))
    .input(ReservationRef).output(Reservation).query(({ ctx, input }) => ctx.booking.getReservation(input, ctx.caller)),
  listMyReservations: user.meta(rest('GET /reservations', 'My reservations, newest first'))
    .input(ListMyReservations).output(ReservationList).query(({ ctx, input }) => ctx.booking.listMyReservations(input, ctx.caller)),
  blockSeats: user.meta(rest('POST /events/{eventId}/blocked-seats', 'Take seats off sale')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'SEAT_ALREADY_HELD', 'SEAT_SOLD', 'SEAT_UNKNOWN', 'SEAT_OF_ANOTHER_EVENT'))
    .input(BlockSeats).output(BlockedSeats).mutation(({ ctx, input }) => ctx.booking.blockSeats(input, ctx.caller)),
  unblockSeats: user.meta(rest('POST /events/{eventId}/unblocked-seats', 'Put seats back on sale')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'SEAT_UNKNOWN', 'SEAT_OF_ANOTHER_EVENT'))
    .input(BlockSeats).output(BlockedSeats).mutation(({ ctx, input }) => ctx.booking.unblockSeats(input, ctx.caller)),
  blockAdmission: user.meta(rest('PUT /events/{eventId}/blocked-admissions', 'Take places of an admission area off sale')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'ADMISSION_AREA_UNKNOWN', 'ADMISSION_SOLD_OUT'))
    .input(BlockAdmission).output(BlockedAdmission).mutation(({ ctx, input }) => ctx.booking.blockAdmission(input, ctx.caller)),
  inventory: user.meta(rest('GET /events/{eventId}/inventory', 'Available, held, sold, blocked, right now')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(EventRef).output(Inventory).query(({ ctx, input }) => ctx.booking.inventory(input, ctx.caller)),
});
