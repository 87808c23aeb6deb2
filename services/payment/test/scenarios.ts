import type { BookingSide } from './booking-peer.ts';
import { cards } from './stage.ts';

/** One way a payment goes: its card, what happens to its seats, and what is asked of whom when nothing breaks. */
export interface Scenario {
  card: string;
  /** What happens to the seats before the money arrives. */
  meanwhile?: (booking: BookingSide, reservationId: string) => Promise<void>;
  calls: string[];
  ends: string;
}
export const scenarios: Record<string, Scenario> = {
  'an approved card': { card: cards.approved, calls: ['authorise', 'confirmSeat', 'capture'], ends: 'CONFIRMED' },
  'a card captured at once': { card: cards.capturesAtOnce, calls: ['authorise', 'confirmSeat'], ends: 'CONFIRMED' },
  'a declined card': { card: cards.declined, calls: ['authorise', 'releaseSeat'], ends: 'FAILED' },
  'a card that cannot be captured': {
    card: cards.captureFails,
    calls: ['authorise', 'confirmSeat', 'capture', 'void', 'returnSeats'],
    ends: 'FAILED',
  },
  'expired seats that are free': {
    card: cards.approved,
    meanwhile: (booking, id) => booking.expire(id),
    calls: ['authorise', 'confirmSeat', 'capture'],
    ends: 'CONFIRMED',
  },
  'seats taken by another': {
    card: cards.approved,
    meanwhile: (booking, id) => booking.takeOver(id),
    calls: ['authorise', 'confirmSeat', 'void', 'releaseSeat', 'returnSeats'],
    ends: 'FAILED',
  },
  'captured money without seats': {
    card: cards.capturesAtOnce,
    meanwhile: (booking, id) => booking.takeOver(id),
    calls: ['authorise', 'confirmSeat', 'refund', 'releaseSeat', 'returnSeats'],
    ends: 'FAILED',
  },
  'a reservation that is paid already': {
    card: cards.capturesAtOnce,
    meanwhile: (booking, id) => booking.sellToAnother(id),
    calls: ['authorise', 'confirmSeat', 'refund'],
    ends: 'FAILED',
  },
};
