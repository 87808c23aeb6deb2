import { Refusal } from '@boxoffice/contracts';
import { birthOf } from '@boxoffice/ticketing/domain';
import type { Guarded } from './guards.ts';
import type { Effect, Topic } from './messages.ts';
import type { Life } from './world.ts';

export type Ticket = { paymentId: string; seatId: string; status: 'ACTIVE' | 'USED' | 'CANCELLED'; checkIns: number };
type Sold = { paymentId: string; seats: { seatId: string }[] };

/** Ticketing's two use cases, as in services/ticketing/src/use-cases. */
export class Ticketing {
  readonly tickets: Ticket[] = [];
  #isEventOff = false;
  readonly #guarded: Guarded;

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** What is heard, and what is done about it; the payloads are what payment and booking say. */
  readonly effects: Partial<Record<Topic, Effect>> = {
    'payment-confirmed': ({ payload }) => this.#issue(payload as Sold),
    'event-changed': ({ payload }) => this.#noteEvent(payload as { isCancelled: boolean }),
  };

  /** One ticket per (payment, seat); of an event that is off, cancelled at birth. */
  #issue({ paymentId, seats }: Sold): void {
    for (const { seatId } of seats) {
      if (this.tickets.some((ticket) => ticket.paymentId === paymentId && ticket.seatId === seatId)) continue;
      const { status } = birthOf({ refunded: false, eventCancelled: this.#isEventOff });
      this.tickets.push({ paymentId, seatId, status, checkIns: 0 });
    }
  }

  #noteEvent({ isCancelled }: { isCancelled: boolean }): void {
    this.#isEventOff ||= isCancelled;
    if (isCancelled) for (const ticket of this.tickets) if (ticket.status === 'ACTIVE') ticket.status = 'CANCELLED';
  }

  /** Try, then say: the conditional update decides between two doors. */
  async checkIn(me: Life, ticket: Ticket): Promise<void> {
    await me.step(`checks in ${ticket.seatId} of ${ticket.paymentId}`);
    const isActive = ticket.status === 'ACTIVE';
    if (!this.#guarded('conditional-check-in')) await me.step('writes the check-in');
    if (!isActive) throw new Refusal('TICKET_CANCELLED', { reason: 'or used' });
    ticket.status = 'USED';
    ticket.checkIns += 1;
  }
}
