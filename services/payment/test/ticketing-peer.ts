import { randomUUID } from 'node:crypto';
import { Refusal } from '@boxoffice/contracts';
import type { Ticketing } from '../src/refund-questions.ts';

/** Ticketing as these tests see it: what payment may ask, and what happens at the doors meanwhile. */
export interface TicketingSide {
  ticketing: Ticketing;
  /** The tickets of these seats are there. */
  issue(paymentId: string, seatIds: readonly string[]): void;
  /** Somebody comes to the door with the ticket of this seat; answers whether he was let in. */
  enter(paymentId: string, seatId: string): boolean;
  /** Seats nobody is let in on any more, and by which refund each. */
  ended(paymentId: string): Map<string, string>;
  /** While it is away nothing is answered. */
  goAway(isAway: boolean): void;
}

/** Ticketing's rules about refunds in memory: all or none, not when a ticket was used unless forced, remembered for tickets that are issued later. */
export function ticketingPeer(): TicketingSide {
  const issued = new Map<string, Set<string>>();
  const used = new Map<string, Map<string, Date>>();
  const refunded = new Map<string, Map<string, string>>();
  let away = false;
  const of = <T>(all: Map<string, T>, paymentId: string, empty: () => T): T => {
    const found = all.get(paymentId) ?? empty();
    all.set(paymentId, found);
    return found;
  };
  const usedOf = (paymentId: string) => of(used, paymentId, () => new Map<string, Date>());
  const refundedOf = (paymentId: string) => of(refunded, paymentId, () => new Map<string, string>());
  const answers = () => {
    if (away) throw new Error('ticketing is away');
  };
  return {
    ticketing: {
      async cancelTickets({ paymentId, refundId, seatIds, force }) {
        answers();
        const first = seatIds.map((seatId) => usedOf(paymentId).get(seatId)).find((usedAt) => usedAt !== undefined);
        if (first && !force) throw new Refusal('TICKET_ALREADY_USED', { usedAt: first, gate: 'North' });
        for (const seatId of seatIds) if (!refundedOf(paymentId).has(seatId)) refundedOf(paymentId).set(seatId, refundId);
        return { cancelled: seatIds.filter((seatId) => issued.get(paymentId)?.has(seatId) && !usedOf(paymentId).has(seatId)).length };
      },
      async ticketsOf({ paymentId }) {
        answers();
        const facts = { eventId: randomUUID(), paymentId, category: 'Stalls', qr: 'secret code', qrPngBase64: 'secret image', createdAt: new Date() };
        const statusOf = (seatId: string) => {
          if (usedOf(paymentId).has(seatId)) return 'USED' as const;
          return refundedOf(paymentId).has(seatId) ? ('CANCELLED' as const) : ('ACTIVE' as const);
        };
        const tickets = [...(issued.get(paymentId) ?? [])].map((seatId) => {
          return { ...facts, ticketId: randomUUID(), seatId, label: seatId.slice(0, 4), status: statusOf(seatId), usedAt: null, gate: null };
        });
        return { tickets, event: null };
      },
    },
    issue: (paymentId, seatIds) => void issued.set(paymentId, new Set(seatIds)),
    enter: (paymentId, seatId) => {
      if (refundedOf(paymentId).has(seatId) || usedOf(paymentId).has(seatId)) return false;
      usedOf(paymentId).set(seatId, new Date());
      return true;
    },
    ended: (paymentId) => refundedOf(paymentId),
    goAway: (isAway) => {
      away = isAway;
    },
  };
}
