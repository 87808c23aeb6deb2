import { randomUUID } from 'node:crypto';
import type { Entry } from './history.ts';
import { type Crowd, doing, type Me, type Told } from './operations.ts';
import { type Event, standing } from './world.ts';

/** What somebody asks for: seats by name, the best ones together, or places of an area without seats. */
export type Wish = { op: 'hold'; seatIds: string[] } | { op: 'hold best' | 'hold admission'; quantity: number };

/** Draws a wish; seats by name lie beside each other in a part of the hall that wanders, so that many want the same. */
export function wishOf({ chance, now }: Pick<Crowd, 'chance' | 'now'>, seatIds: readonly string[]): Wish {
  if (chance.is(0.2)) return { op: 'hold best', quantity: chance.between(1, 4) };
  if (chance.is(0.2)) return { op: 'hold admission', quantity: chance.between(1, 4) };
  const crowded = chance.is(0.5);
  const start = crowded ? (Math.floor(now() / 1000) * 10 + chance.between(0, 30)) % seatIds.length : chance.between(0, seatIds.length - 1);
  return { op: 'hold', seatIds: seatIds.slice(start, start + chance.between(1, 4)) };
}

type Held = { reservationId: string; seats: { seatId: string }[] };

const idsOf = (held: Held): string[] => held.seats.map(({ seatId }) => seatId).sort();

/** Holds, asks again with the same key where the answer did not come, and sometimes where it did. `at` is when it began, in milliseconds. */
export async function hold(crowd: Crowd, me: Me, { eventId }: Pick<Event, 'eventId'>, wish: Wish): Promise<Told<Held> & { at: number }> {
  const { chance, history, now } = crowd;
  const key = `hold-${randomUUID()}`;
  const learn = (held: Held): Partial<Entry> => ({ reservationId: held.reservationId, seatIds: idsOf(held) });
  const ask = () => doing(crowd, me, { op: wish.op, key, eventId, learn }, () => asked(me, eventId, wish, { context: { idempotencyKey: key } }));
  const at = now();
  let told = await ask();
  if (told.outcome === 'unknown') told = await ask(); // the same key makes it safe
  if (told.outcome !== 'ok') return { ...told, at };
  const { reservationId } = told.answer;
  if (!isWhatWasWanted(idsOf(told.answer), wish)) history.violated('I4', `reservation ${reservationId} has other seats than were asked for`);
  if (chance.is(0.15)) {
    const again = await ask();
    if (again.outcome === 'ok' && again.answer.reservationId !== reservationId)
      history.violated('I7', `key ${key} made reservations ${reservationId} and ${again.answer.reservationId}`);
  }
  return { ...told, at };
}

function asked({ client: { booking } }: Me, eventId: string, wish: Wish, options: { context: { idempotencyKey: string } }): Promise<Held> {
  if (wish.op === 'hold') return booking.holdSeats.mutate({ eventId, seatIds: wish.seatIds }, options);
  const { quantity } = wish;
  if (wish.op === 'hold best') return booking.holdBestAvailable.mutate({ eventId, quantity }, options);
  return booking.holdAdmission.mutate({ eventId, area: standing, quantity }, options);
}

const isWhatWasWanted = (got: readonly string[], wish: Wish): boolean =>
  wish.op === 'hold' ? got.join() === [...wish.seatIds].sort().join() : new Set(got).size === wish.quantity;
