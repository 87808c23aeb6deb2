import { isRefusal } from '@boxoffice/contracts';
import { cards } from './bank.ts';
import { type Held, seatIds, type Wanted } from './booking.ts';
import * as machine from './seat-machine.ts';
import { readEntry } from './seat-returns.ts';
import type { Stage } from './stage.ts';
import { call, type Life, Lost } from './world.ts';

/** What customers were told, to be held against the books at the end. */
export type Told = { holds: { wanted: Wanted; held: Held }[]; confirmed: Set<string>; letIn: number };

/** Tries again with the same key while nothing is heard; undefined when even that was in vain. */
async function insist<T>(me: Life, attempt: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 0; tries < 4; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await me.step('heard nothing and tries again');
    }
  }
  return undefined;
}

/** One customer's visit: hold, perhaps change one's mind, pay, and go in by two doors at once. */
export async function visit(stage: Stage, me: Life, userId: string): Promise<void> {
  const { chance } = stage.world;
  const first = chance.between(0, seatIds.length - 1);
  const seats = seatIds.slice(first, first + chance.between(1, 2));
  const wanted: Wanted = { userId, key: `k${stage.nextKey()}`, seatIds: seats };
  const { flushes } = stage.redis;
  const held = await insist(me, () => holdOnce(stage, me, wanted, flushes));
  if (!held) return;
  stage.told.holds.push({ wanted, held });
  const mood = chance.next();
  if (mood < 0.12) return; // wanders off
  if (mood < 0.24) return void (await insist(me, () => give(stage, me, held.reservationId)));
  const twice = mood > 0.9; // two browsers pay at once
  await Promise.all([pay(stage, me, { userId, ...held }), ...(twice ? [pay(stage, me, { userId, ...held })] : [])]);
}

const give = ({ world, booking, bookings }: Stage, me: Life, id: string) =>
  call(world, me, bookings, [`give ${id} back`, (there) => booking.releaseSeat(there, id, 'customer')]);

/**
 * I3: somebody whose hold runs is never told that his seats are taken. One exception is known: Redis forgets with a flush whom it may not turn away, and
 * another customer's lock, set a moment before Postgres refuses him, then stands in the way of a repetition.
 */
async function holdOnce({ world, booking, bookings, redis }: Stage, me: Life, wanted: Wanted, flushes: number): Promise<Held> {
  const isHeld = () =>
    booking.house.history.filter((entry) => {
      const isHis = entry.userId === wanted.userId && entry.reservationId.startsWith(`r-${wanted.userId}-${wanted.key}`);
      return isHis && readEntry(entry, world.now).status === 'HELD';
    }).length > 0;
  const before = isHeld();
  try {
    return await call(world, me, bookings, [`hold ${wanted.seatIds} as ${wanted.key}`, (there) => booking.hold(there, wanted)]);
  } catch (error) {
    if (isRefusal(error, 'SEAT_ALREADY_HELD') && before && isHeld() && redis.flushes === flushes)
      world.complaints.push(`I3: ${wanted.userId} holds ${wanted.seatIds} and was told that they are taken`);
    throw error;
  }
}

async function pay(stage: Stage, me: Life, { userId, reservationId }: { userId: string; reservationId: string }): Promise<void> {
  const { world, payment } = stage;
  const key = `k${stage.nextKey()}`;
  const pays = () => world.chance.oneOf(stage.payments);
  const card = world.chance.is(0.5) ? cards.approved : world.chance.oneOf(Object.values(cards));
  const id = await insist(me, () => call(world, me, pays(), ['create a payment', (there) => payment.create(there, { userId, key, reservationId })]));
  if (id === undefined || world.chance.is(0.1)) return;
  if (world.chance.is(0.3)) await me.sleep(620_000); // until the seats are anybody's again
  const status = await insist(me, () => call(world, me, pays(), [`confirm ${id}`, (there) => payment.confirm(there, id, card)]));
  if (status === 'CONFIRMED') stage.told.confirmed.add(id);
  for (let looks = 0; looks < 3 && payment.rows.get(id)?.status === 'PENDING'; looks++) await me.sleep(30_000);
  if (world.chance.is(0.5)) await goIn(stage, me, id);
}

async function goIn({ world, ticketing, ticketings, told }: Stage, me: Life, paymentId: string): Promise<void> {
  const mine = () => ticketing.tickets.find((one) => one.paymentId === paymentId);
  for (let looks = 0; looks < 5 && !mine(); looks++) await me.sleep(10_000);
  const ticket = mine();
  if (!ticket) return;
  const atADoor = async () => {
    await call(world, me, ticketings, [`check in ${ticket.seatId}`, (there) => ticketing.checkIn(there, ticket)]);
    told.letIn += 1;
  };
  await Promise.allSettled([atADoor(), atADoor()]);
}

/** After the storm: whoever comes gets any seat that is not sold or blocked. No expired hold and no stale lock is in his way. */
export async function takeTheRest({ world, booking, bookings }: Stage, me: Life): Promise<void> {
  for (const seat of booking.house.seats.values()) {
    if (seat.status !== 'AVAILABLE') continue;
    const wanted: Wanted = { userId: `late-${seat.id}`, key: 'k', seatIds: [seat.id] };
    await call(world, me, bookings, [`hold ${seat.id} at last`, (there) => booking.hold(there, wanted)]).catch((error: unknown) =>
      world.complaints.push(`liveness: ${seat.id} is not sold and cannot be held: ${String(error)}`),
    );
    const held = machine.reservation(booking.house, `r-${wanted.userId}-k`);
    if (held.length > 1) world.complaints.push(`I7: ${seat.id} is held ${held.length} times under one key`);
  }
}
