import type { CheckName } from './catalogue.ts';

/**
 * A payment as payment tells it. `netMinor` is what was taken for seats minus what went back for them: without fees, and without good will, which is given
 * beside the price; `keptMinor` is what was taken minus everything that went back. `refunding`: a refund is under way; `goingBack`: seats of refunds that
 * are not over, whose tickets have ended. `quietMs` is how long nothing of it has changed.
 */
export type Paid = {
  paymentId: string;
  reservationId: string;
  status: string;
  netMinor: number;
  keptMinor: number;
  feeMinor: number;
  refunded: boolean;
  refunding: boolean;
  goingBack: string[];
  quietMs: number;
};
/** What booking sold to one payment. `quietMs` counts from the confirmation. */
export type Sold = { paymentId: string; reservationId: string; eventId: string; seatIds: string[]; priceMinor: number; quietMs: number };
/** Tickets of one payment. `living` may let somebody in; `excused` are seats whose ticket ended because the event was cancelled. */
export type Ticketed = { paymentId: string; living: string[]; excused: string[]; quietMs: number };

/** What three services say of one payment; each may know nothing of it. */
export type Story = { paymentId: string; paid?: Paid | undefined; sold?: Sold | undefined; ticketed?: Ticketed | undefined };
export type Contradiction = { check: CheckName; what: string };

/**
 * What does not fit together in the story of one payment: seats unpaid, money without seats, amounts that differ, seats without ticket, tickets without sale.
 * Nothing counts that changed within `graceMs`, nor what a payment that is still undecided explains: it has a check of its own.
 */
export function compareSale(story: Story, graceMs: number): Contradiction[] {
  return [...seatsAndMoney(story, graceMs), ...seatsAndTickets(story, graceMs)];
}

function seatsAndMoney({ paymentId, paid, sold }: Story, graceMs: number): Contradiction[] {
  // A refund that is under way explains everything about money and seats; it has a check of its own.
  const settled = paid !== undefined && paid.status !== 'PENDING' && !paid.refunding && paid.quietMs >= graceMs;
  if (!sold) return settled ? withoutSeats(paid) : [];
  if (sold.quietMs < graceMs) return [];
  const unpaid = `reservation ${sold.reservationId} of event ${sold.eventId} is sold to payment ${paymentId}, which`;
  if (!paid) return [{ check: 'seats-unpaid', what: `${unpaid} is not there` }];
  if (!settled) return [];
  if (paid.status !== 'CONFIRMED') return [{ check: 'seats-unpaid', what: `${unpaid} is ${paid.status}` }];
  if (paid.reservationId !== sold.reservationId) return [{ check: 'seats-unpaid', what: `${unpaid} paid for reservation ${paid.reservationId}` }];
  if (paid.netMinor !== sold.priceMinor)
    return [{ check: 'wrong-amount', what: `payment ${paymentId} stands at ${paid.netMinor}, its seats cost ${sold.priceMinor} (minor units)` }];
  return [];
}

function withoutSeats({ paymentId, reservationId, status, netMinor, keptMinor, feeMinor, refunded }: Paid): Contradiction[] {
  // Everything that was taken for seats went back: there is nothing left to have seats for.
  if (status === 'CONFIRMED' && !(refunded && netMinor <= 0))
    return [{ check: 'paid-without-seats', what: `payment ${paymentId} of reservation ${reservationId} is confirmed and has no seats` }];
  // Fees may stay with the organiser, nothing else.
  if (status === 'REFUNDED' && (keptMinor < 0 || keptMinor > feeMinor))
    return [
      { check: 'wrong-amount', what: `payment ${paymentId} is refunded and keeps ${keptMinor}, of which ${feeMinor} may be fees (minor units)` },
    ];
  return [];
}

function seatsAndTickets({ paymentId, paid, sold, ticketed }: Story, graceMs: number): Contradiction[] {
  const found: Contradiction[] = [];
  const answered = new Set([...(ticketed?.living ?? []), ...(ticketed?.excused ?? []), ...(paid?.goingBack ?? [])]);
  const bare = sold?.seatIds.filter((seatId) => !answered.has(seatId)) ?? [];
  const due = sold !== undefined && sold.quietMs >= graceMs && paid?.status === 'CONFIRMED' && paid.quietMs >= graceMs;
  if (due && bare.length > 0)
    found.push({ check: 'paid-without-ticket', what: `payment ${paymentId} of event ${sold.eventId} has no ticket for ${few(bare)}` });
  const theirs = new Set(sold?.seatIds);
  const free = ticketed?.living.filter((seatId) => !theirs.has(seatId)) ?? [];
  if (free.length > 0 && ticketed && ticketed.quietMs >= graceMs)
    found.push({ check: 'ticket-without-sale', what: `payment ${paymentId} has tickets and no sale of ${few(free)}` });
  return found;
}

/** Enough to find them by. */
const few = (seatIds: string[]) =>
  `${seatIds.length} seat(s): ${seatIds.slice(0, 3).join(', ')}${seatIds.length > 3 ? `, and ${seatIds.length - 3} more` : ''}`;
