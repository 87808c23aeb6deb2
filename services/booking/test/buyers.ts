import { HoldBestAvailable, isRefusal } from '@boxoffice/contracts';
import { asUser } from '@boxoffice/testing';
import type { Deps } from '../src/deps.ts';
import { holdBestAvailable } from '../src/use-cases/hold-best-available.ts';
import type { HeardNo } from './together.ts';

/** Numbers that follow from a seed (mulberry32): whole, from `low` to `high`. */
export function drawsOf(seed: number): (low: number, high: number) => number {
  let state = seed >>> 0;
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return low + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * (high - low + 1));
  };
}

export type Bought = { reservationId: string; seats: number };
export type Shopping = {
  eventId: string;
  /** The next group's size, at most. */
  size: () => number;
  /** Smaller groups than this are not formed. */
  atLeast: number;
  /** Every "no" is noted here. */
  heard: HeardNo[];
  onHeld?: (bought: Bought) => Promise<unknown>;
};

/** One group after the other, each a customer of its own, smaller when told that only fewer can sit together, until not even `atLeast` can. */
export async function buyAll(deps: Deps, { eventId, size, atLeast, heard, onHeld }: Shopping): Promise<Bought[]> {
  const bought: Bought[] = [];
  for (let quantity = size(); quantity >= atLeast; ) {
    try {
      const { reservationId, seats } = await holdBestAvailable(deps)(HoldBestAvailable.parse({ eventId, quantity }), asUser());
      bought.push({ reservationId, seats: seats.length });
      await onHeld?.({ reservationId, seats: seats.length });
      quantity = size();
    } catch (error) {
      if (!isRefusal(error, 'NO_SEATS_TOGETHER')) throw error;
      heard.push({ quantity, at: Date.now() });
      quantity = error.refusal.details.most;
    }
  }
  return bought;
}
