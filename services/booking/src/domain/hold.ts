import { Refusal, type User } from '@boxoffice/contracts';

/** What one try to hold seats found, judged in Postgres. `held` is all of the wanted seats or 0. */
export type HoldAttempt = {
  held: number;
  /** Seats that were free and the right event's; empty also when the event, its window or the customer's limit said no before. */
  free: string[];
  /** Seats of an earlier hold under the same reservation id. */
  before: string[];
  /** Seats the customer holds or owns in this event. */
  owned: number;
} & (
  | { status: 'DRAFT' | 'PUBLISHED' | 'CANCELLED'; organisationId: string; onSale: boolean; onSaleFrom: Date; onSaleUntil: Date; maxSeats: number }
  | { status: null }
);

/** One wanted seat as it is now; `eventId` is null when there is no such seat. */
export type SeatState = { seatId: string; eventId: string | null; status: 'AVAILABLE' | 'BLOCKED' | 'SOLD' | null; held: boolean };

/**
 * Reads a hold's outcome. `held`: the seats are this reservation's. `repeated`: this reservation exists already, with the same seats; its present state is the answer.
 * `lost`: some seat was not free, `whyRefused` tells which and why.
 * Refuses IDEMPOTENCY_KEY_REUSED, EVENT_NOT_FOUND, EVENT_CANCELLED, ON_SALE_CLOSED, SEAT_LIMIT_EXCEEDED.
 */
export function judgeHold(attempt: HoldAttempt, wanted: readonly string[], by: Pick<User, 'memberships'>): 'held' | 'repeated' | 'lost' {
  if (attempt.before.length > 0) {
    if (!sameSeats(attempt.before, wanted)) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
    return 'repeated';
  }
  if (attempt.held === wanted.length) return 'held';
  if (attempt.status === null) throw new Refusal('EVENT_NOT_FOUND', {});
  const { organisationId, onSaleFrom, onSaleUntil } = attempt;
  const closed = { onSaleFrom: onSaleFrom.toISOString(), onSaleUntil: onSaleUntil.toISOString() };
  if (attempt.status === 'CANCELLED') throw new Refusal('EVENT_CANCELLED', {});
  if (attempt.status === 'DRAFT' && !by.memberships.some((member) => member.organisationId === organisationId))
    throw new Refusal('EVENT_NOT_FOUND', {});
  if (attempt.status === 'DRAFT' || !attempt.onSale) throw new Refusal('ON_SALE_CLOSED', closed);
  if (attempt.owned + wanted.length > attempt.maxSeats) throw new Refusal('SEAT_LIMIT_EXCEEDED', { limit: attempt.maxSeats, taken: attempt.owned });
  return 'lost';
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

const sameSeats = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && new Set([...a, ...b]).size === a.length;
