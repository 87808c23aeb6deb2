import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createBoxOfficeClient } from '@boxoffice/client';
import { hold, wishOf } from './holds.ts';
import { type Crowd, doing, type Me, type Told } from './operations.ts';
import { holdMs } from './world.ts';

/** Cards of the test provider and how often they are used: most pay, some decline, some are late, silent, fail to capture, or capture at once (F14). */
const cards = [
  ...Array<string>(16).fill('4242424242424242'),
  '4000000000000002',
  '4000000000009995',
  '4000000000003220',
  '4000000000000341',
  '4000000000000127',
  '4000000000000077',
];

/** Goes on until the run stops: arrives as a guest, buys, changes his mind, comes back as somebody else when he has enough. */
export async function customer(crowd: Crowd, name: string): Promise<void> {
  const chance = crowd.chance.fork(name);
  let me: Me | undefined;
  while (!crowd.stopping()) {
    if (!me) {
      me = await arrived(crowd.world.system.url);
      if (me) crowd.watchers.watch(me);
    }
    if (me && !(await visit({ ...crowd, chance }, me))) me = undefined;
    await pause(chance.between(0, 250));
  }
}

async function arrived(url: string): Promise<Me | undefined> {
  const client = createBoxOfficeClient({ url, retries: 2, timeoutMs: 10_000 });
  try {
    const session = await client.identity.continueAsGuest.mutate({ email: `guest-${randomUUID()}@chaos.example` });
    client.setSession(session);
    return { client, userId: session.userId };
  } catch {
    return undefined;
  }
}

/** One visit; false when he cannot buy any more. */
async function visit(crowd: Crowd, me: Me): Promise<boolean> {
  const { chance, world } = crowd;
  const event = chance.oneOf(world.events);
  const held = await hold(crowd, me, event, wishOf(crowd, event.seatIds));
  if (held.outcome !== 'ok') return held.code !== 'SEAT_LIMIT_EXCEEDED';
  const { reservationId } = held.answer;
  if (chance.is(0.05)) await peek(crowd, reservationId);
  if (chance.is(0.12)) return true; // lets it lapse
  if (chance.is(0.1)) {
    await doing(crowd, me, { op: 'release', reservationId }, () => me.client.booking.releaseReservation.mutate({ reservationId }));
    return true;
  }
  if (chance.is(0.05)) await pause(holdMs + 500); // pays too late
  const paymentId = await pay(crowd, me, reservationId, held.at);
  if (paymentId && chance.is(0.15)) await checkIn(crowd, me, event.eventId, paymentId);
  return true;
}

/** Answers the payment's id when it was confirmed. */
async function pay(crowd: Crowd, me: Me, reservationId: string, heldAt: number): Promise<string | undefined> {
  const { chance, history, now } = crowd;
  const payment = await createPayment(crowd, me, reservationId);
  if (payment.outcome !== 'ok') {
    const early = now() - heldAt < holdMs - 1_000;
    if (payment.outcome === 'refused' && (payment.code === 'RESERVATION_NOT_FOUND' || (early && /RESERVATION_(EXPIRED|NOT_HELD)/.test(payment.code))))
      history.violated('I3', `the owner of the live hold ${reservationId} heard ${payment.code} ${Math.round(now() - heldAt)} ms after it`);
    return undefined;
  }
  const { paymentId } = payment.answer;
  if (chance.is(0.04)) return undefined; // leaves without paying
  const card = chance.oneOf(cards);
  const key = `confirm-${randomUUID()}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    const confirm = () => me.client.payment.confirmPayment.mutate({ paymentId, card }, { context: { idempotencyKey: key } });
    const learnStatus = ({ status }: { status: string }) => ({ status });
    const paid = await doing(crowd, me, { op: 'confirm payment', key, paymentId, reservationId, learn: learnStatus }, confirm);
    if (paid.outcome === 'ok') return paid.answer.status === 'CONFIRMED' ? paymentId : undefined;
    if (paid.outcome === 'refused') return undefined;
    await pause(chance.between(100, 800));
  }
  return undefined;
}

/** Asks again under the same key while nobody knows what became of it. */
async function createPayment(crowd: Crowd, me: Me, reservationId: string): Promise<Told<{ paymentId: string }>> {
  const key = `create-${randomUUID()}`;
  const create = () => me.client.payment.createPayment.mutate({ reservationId }, { context: { idempotencyKey: key } });
  const learn = ({ paymentId }: { paymentId: string }) => ({ paymentId });
  for (let attempt = 1; ; attempt++) {
    const payment = await doing(crowd, me, { op: 'create payment', key, reservationId, learn }, create);
    if (payment.outcome !== 'unknown' || attempt === 4) return payment;
    await pause(crowd.chance.between(100, 800));
  }
}

/** Somebody else looks at what is not his (I11). */
async function peek(crowd: Crowd, reservationId: string): Promise<void> {
  const { door } = crowd.world;
  const seen = await doing(crowd, { client: door.client, userId: door.userId }, { op: 'peek', reservationId }, () =>
    door.client.booking.getReservation.query({ reservationId }),
  );
  if (seen.outcome === 'ok') crowd.history.violated('I11', `somebody else read reservation ${reservationId}`);
}

/** Goes to the door with one of his tickets; two stewards scan it at the same moment. */
async function checkIn(crowd: Crowd, me: Me, eventId: string, paymentId: string): Promise<void> {
  const { door } = crowd.world;
  for (let attempt = 0; attempt < 5 && !crowd.stopping(); attempt++) {
    const mine = await doing(crowd, me, { op: 'read', paymentId }, () => me.client.ticketing.myTickets.query({ paymentId }));
    const ticket = mine.outcome === 'ok' ? mine.answer.tickets[0] : undefined;
    if (ticket) {
      const scan = (gate: string) =>
        doing(crowd, { client: door.client, userId: door.userId }, { op: 'check in', ticketId: ticket.ticketId }, () =>
          door.client.ticketing.checkIn.mutate({ eventId, qr: ticket.qr, gate }),
        );
      const answers = await Promise.all([scan('North'), scan('South')]);
      if (answers.every(({ outcome }) => outcome === 'ok')) crowd.history.violated('I10', `ticket ${ticket.ticketId} was let in twice`);
      return;
    }
    await pause(500);
  }
}

/** A plain order: one seat nobody else wants, held, paid for and confirmed, by one of `buyers`, who come as they are needed. False when it came to no hold. */
export async function order(crowd: Crowd, number: number, buyers: (Me | undefined)[]): Promise<boolean> {
  const { world, chance } = crowd;
  const event = world.events[number % world.events.length];
  const seatId = event?.seatIds[Math.floor(number / world.events.length)];
  if (!event || !seatId) return false;
  const place = number % 1_000;
  const me = buyers[place] ?? (await arrived(world.system.url));
  if (!me) return false;
  buyers[place] = me;
  const held = await hold({ ...crowd, chance: chance.fork(`order ${number}`) }, me, event, { op: 'hold', seatIds: [seatId] });
  if (held.outcome === 'ok') await pay({ ...crowd, chance: chance.fork(`payment ${number}`) }, me, held.answer.reservationId, held.at);
  else if (held.code === 'SEAT_LIMIT_EXCEEDED') buyers[place] = undefined;
  return held.outcome === 'ok';
}
