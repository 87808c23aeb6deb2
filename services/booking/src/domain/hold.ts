import { Refusal, type User } from '@boxoffice/contracts';

/** A seat that was just taken, as people read it, at the price of the moment. */
export type HeldSeat = { seatId: string; section: string; rowLabel: string; seatLabel: string; category: string; priceMinor: number };
/** What stands against a hold whoever has the seats; times are ISO text. `owned`: seats the customer holds or owns in this event. */
export type EventGate = {
  status: 'DRAFT' | 'PUBLISHED' | 'CANCELLED';
  organisationId: string;
  onSale: boolean;
  onSaleFrom: string;
  onSaleUntil: string;
  maxSeats: number;
  owned: number;
};

/**
 * What one try to hold seats came to, decided in Postgres. HELD: all of them. KNOWN: this reservation was here before. CLOSED: the event, its window or the
 * customer's limit says no (no event: there is none). TAKEN: some seat is not free; `free` are the others.
 */
export type HoldAttempt =
  | { result: 'HELD'; heldUntil: Date; currency: string; seats: HeldSeat[] }
  | { result: 'KNOWN' }
  | { result: 'CLOSED'; event: EventGate | null }
  | { result: 'TAKEN'; free: string[] };

/** One wanted seat as it is now; `eventId` is null when there is no such seat. */
export type SeatState = { seatId: string; eventId: string | null; status: 'AVAILABLE' | 'BLOCKED' | 'SOLD' | null; held: boolean };

/** Why a hold was not even tried. Refuses EVENT_NOT_FOUND, EVENT_CANCELLED, ON_SALE_CLOSED, SEAT_LIMIT_EXCEEDED. */
export function refuseClosed(event: EventGate | null, by: Pick<User, 'memberships'>): never {
  if (event === null) throw new Refusal('EVENT_NOT_FOUND', {});
  const { status, organisationId, onSale, maxSeats, owned } = event;
  if (status === 'CANCELLED') throw new Refusal('EVENT_CANCELLED', {});
  if (status === 'DRAFT' && !by.memberships.some((member) => member.organisationId === organisationId)) throw new Refusal('EVENT_NOT_FOUND', {});
  const iso = (time: string) => new Date(time).toISOString();
  if (status === 'DRAFT' || !onSale) throw new Refusal('ON_SALE_CLOSED', { onSaleFrom: iso(event.onSaleFrom), onSaleUntil: iso(event.onSaleUntil) });
  throw new Refusal('SEAT_LIMIT_EXCEEDED', { limit: maxSeats, taken: owned });
}

/** A reservation that was here before is the same one only with the same seats. Refuses IDEMPOTENCY_KEY_REUSED. */
export function refuseOtherSeats(before: readonly string[], wanted: readonly string[]): void {
  if (before.length !== wanted.length || new Set([...before, ...wanted]).size !== before.length) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
}

/** Refuses SEAT_UNKNOWN and SEAT_OF_ANOTHER_EVENT, each with the seats concerned. */
export function refuseForeignSeats(states: readonly SeatState[], eventId: string): void {
  const unknown = states.filter((seat) => seat.eventId === null);
  if (unknown.length > 0) throw new Refusal('SEAT_UNKNOWN', { seatIds: unknown.map((seat) => seat.seatId) });
  const foreign = states.filter((seat) => seat.eventId !== eventId);
  if (foreign.length > 0) throw new Refusal('SEAT_OF_ANOTHER_EVENT', { seatIds: foreign.map((seat) => seat.seatId) });
}

/**
 * Why seats could not be taken: unknown, then of another event, then sold, then blocked, then held; each names the seats concerned. Seats that were not `free` in the
 * attempt and are now were held a moment ago: the attempt was lost to them.
 */
export function refuseSeats(states: readonly SeatState[], eventId: string, free: readonly string[] = []): never {
  const idsWhere = (is: (state: SeatState) => boolean) => states.filter(is).map((state) => state.seatId);
  refuseForeignSeats(states, eventId);
  const sold = idsWhere((seat) => seat.status === 'SOLD');
  if (sold.length > 0) throw new Refusal('SEAT_SOLD', { seatIds: sold });
  const blocked = idsWhere((seat) => seat.status === 'BLOCKED');
  if (blocked.length > 0) throw new Refusal('SEAT_BLOCKED', { seatIds: blocked });
  const held = idsWhere((seat) => seat.held || !free.includes(seat.seatId));
  throw new Refusal('SEAT_ALREADY_HELD', { seatIds: held.length > 0 ? held : states.map((state) => state.seatId) });
}
