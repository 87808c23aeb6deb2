import { type CarryOut, closeOver, type Entry, free, type House, reservation, seatOf } from './seat-machine.ts';

// The other half of the seat state machine: what puts seats back, takes them off sale, and keeps house.

/** Gives held seats back, expired or not; a seat that another took over is not touched. Answers how many. */
export function release(house: House, reservationId: string, reason: 'customer' | 'payment-failed'): CarryOut<number> {
  const held = reservation(house, reservationId).filter((entry) => entry.status === 'HELD');
  return () => {
    const ours = held.filter((entry) => house.rules.heldFor(seatOf(house, entry.seatId), reservationId));
    for (const entry of ours) {
      Object.assign(seatOf(house, entry.seatId), free);
      if (entry.status === 'HELD') Object.assign(entry, { status: 'RELEASED', releaseReason: reason });
    }
    return ours.length;
  };
}

/** A reservation whose payment failed is not taken again, however late that payment's confirmation comes. */
export function shutExpired(house: House, reservationId: string): void {
  for (const entry of reservation(house, reservationId)) if (entry.releaseReason === 'expired') entry.releaseReason = 'payment-failed';
}

/** Puts sold seats of a reservation back on sale. Answers which. */
export function giveBack(house: House, reservationId: string, seatIds: readonly string[]): CarryOut<string[]> {
  const sold = reservation(house, reservationId).filter((entry) => entry.status === 'CONFIRMED' && seatIds.includes(entry.seatId));
  return () => {
    const ours = sold.filter((entry) => {
      const seat = seatOf(house, entry.seatId);
      return seat.status === 'SOLD' && seat.reservationId === reservationId;
    });
    for (const entry of ours) {
      Object.assign(seatOf(house, entry.seatId), { status: 'AVAILABLE', ...free });
      Object.assign(entry, { status: 'RELEASED', releaseReason: 'refunded' });
    }
    return ours.map((entry) => entry.seatId);
  };
}

/** Closes the history of holds whose time has been over for `graceMs`; touches no seat. Answers how many. */
export function reap(house: House, graceMs: number, at: number): number {
  const over = house.history.filter((entry) => entry.status === 'HELD' && entry.expiresAt <= at - graceMs);
  for (const entry of over) Object.assign(entry, { status: 'RELEASED', releaseReason: 'expired' });
  return over.length;
}

/** Takes free seats off sale, all or none; blocked ones count as done. */
export function block(house: House, seatIds: readonly string[], at: number): { free: string[]; changed: number } {
  const found = seatIds.map((id) => seatOf(house, id)).filter((seat) => seat.status === 'BLOCKED' || house.rules.claimable(seat, at));
  const changing = found.length === seatIds.length ? found.filter((seat) => seat.status === 'AVAILABLE') : [];
  for (const seat of changing) {
    closeOver(house, seat);
    Object.assign(seat, { status: 'BLOCKED', ...free });
  }
  return { free: found.map((seat) => seat.id), changed: changing.length };
}

/** Puts blocked seats back on sale. Answers how many. */
export function unblock(house: House, seatIds: readonly string[]): number {
  const blocked = seatIds.map((id) => seatOf(house, id)).filter((seat) => seat.status === 'BLOCKED');
  for (const seat of blocked) seat.status = 'AVAILABLE';
  return blocked.length;
}

/** Ends the event and gives up its live holds; what is sold stays sold. Answers how many seats that were. */
export function cancelEvent(house: House, at: number): number {
  house.event = 'CANCELLED';
  const held = [...house.seats.values()].filter((seat) => seat.status === 'AVAILABLE' && house.rules.live(seat, at));
  for (const seat of held) {
    for (const entry of reservation(house, seat.reservationId ?? ''))
      if (entry.seatId === seat.id && entry.status === 'HELD') Object.assign(entry, { status: 'RELEASED', releaseReason: 'event-cancelled' });
    Object.assign(seat, free);
  }
  return held.length;
}

/** A seat of a reservation as a reader sees it: a hold whose time is over reads as released, whether or not it was reaped. */
export function readEntry(entry: Entry, at: number): Pick<Entry, 'status' | 'releaseReason'> {
  const isOver = entry.status === 'HELD' && entry.expiresAt <= at;
  return isOver ? { status: 'RELEASED', releaseReason: 'expired' } : { status: entry.status, releaseReason: entry.releaseReason };
}
