import { Refusal } from '@boxoffice/contracts';
import { type Chooser, chooserOver, mostTogether, type Wish } from './best-seats.ts';
import type { Hall } from './hall.ts';
import type { EventGate, HoldAttempt } from './hold.ts';
import type { ReservationSeat } from './reservation.ts';

/**
 * An event at one moment: its state, which seats are free ('1' in the order of the seat map), and for each who asks whether the reservation was here before
 * and how many seats the customer has.
 */
export type Sight = { event: Omit<EventGate, 'owned'> | null; free: string; asks: { known: boolean; owned: number }[] };

/** Why nothing was tried, true at the moment of the look. NO_CATEGORY: the event has no such category. NONE: no such neighbours; `most` is the largest group. */
export type BestRefused = Exclude<HoldAttempt, { result: 'HELD' | 'TAKEN' }> | { result: 'NO_CATEGORY' } | { result: 'NONE'; most: number };
/** SEATS: these are proposed. LATER: what would fit was proposed to an earlier group; whether that gets it must be known first. */
export type Proposal = BestRefused | { result: 'SEATS'; seatIds: string[] } | { result: 'LATER' };

/**
 * One proposal per wish, earlier ones first; no seat is proposed twice. NONE is said only of seats as they were seen, before any was proposed: a "no" never
 * rests on a hold that may still fail.
 */
export function proposalsFor(hall: Hall, sight: Sight, wishes: readonly Wish[]): Proposal[] {
  const chooser = chooserOver(hall, sight.free);
  const seen = chooserOver(hall, sight.free);
  return wishes.map((wish, at) => refusedAtSight(hall, sight, wish, at) ?? proposalOf({ hall, chooser, seen }, wish));
}

function refusedAtSight(hall: Hall, { event, asks }: Sight, { quantity, category }: Wish, at: number): BestRefused | undefined {
  const { known, owned } = asks[at] ?? { known: false, owned: 0 };
  if (known) return { result: 'KNOWN' };
  if (!event) return { result: 'CLOSED', event };
  if (event.status !== 'PUBLISHED' || !event.onSale || owned + quantity > event.maxSeats) return { result: 'CLOSED', event: { ...event, owned } };
  return category !== undefined && !hall.categories.has(category) ? { result: 'NO_CATEGORY' } : undefined;
}

function proposalOf({ hall, chooser, seen }: { hall: Hall; chooser: Chooser; seen: Chooser }, wish: Wish): Proposal {
  const seats = chooser.take(wish);
  if (seats) return { result: 'SEATS', seatIds: seats.flatMap((at) => hall.seats[at]?.seatId ?? []) };
  return seen.find(wish) ? { result: 'LATER' } : { result: 'NONE', most: mostTogether(seen, wish) };
}

/** A reservation that was here before is the same one only for the same wish, as far as its seats can tell. Refuses IDEMPOTENCY_KEY_REUSED. */
export function refuseOtherWish(seats: readonly ReservationSeat[], eventId: string, { quantity, category, accessible }: Wish): void {
  const same =
    seats.length === quantity &&
    seats.every((seat) => seat.eventId === eventId && (category === undefined || seat.category === category)) &&
    seats.filter((seat) => seat.kind === 'accessible').length === accessible;
  if (!same) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
}
