import { randomUUID } from 'node:crypto';
import { type BoxOfficeClient, createBoxOfficeClient } from '@boxoffice/client';
import { answerOf } from '@boxoffice/journey';
import type { Entry, History } from './history.ts';
import type { Chance } from './random.ts';
import type { Watchers } from './watchers.ts';
import { holdMs, type World } from './world.ts';

/** What a crowd needs to know. */
export type Crowd = {
  world: World;
  history: History;
  watchers: Watchers;
  chance: Chance;
  /** Milliseconds since the run began. */
  now: () => number;
  stopping: () => boolean;
};

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

/** Somebody with a session. */
export type Me = { client: BoxOfficeClient; userId: string };
/** What is known of an operation before it is done, and what its answer tells. */
type Known<T> = Pick<Entry, 'op'> & Partial<Entry> & { learn?: (answer: T) => Partial<Entry> };
type Told<T> = { outcome: 'ok'; answer: T } | { outcome: 'refused' | 'unknown'; code: string };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Does one operation and notes what the client saw. "Unknown" is every answer that does not say what happened. */
async function doing<T>(crowd: Crowd, me: Me, { learn = () => ({}), ...known }: Known<T>, work: () => Promise<T>): Promise<Told<T>> {
  const at = crowd.now();
  const note = (rest: Pick<Entry, 'outcome'> & Partial<Entry>) =>
    crowd.history.note({ ...known, ...rest, userId: me.userId, at, ms: crowd.now() - at });
  try {
    const answer = await work();
    note({ outcome: 'ok', ...learn(answer) });
    return { outcome: 'ok', answer };
  } catch (error) {
    const { code, status } = saidBy(error);
    const outcome = status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unknown';
    note({ outcome, code });
    return { outcome, code };
  }
}

/** What an error says; one that is no answer of anybody has status 0. */
function saidBy(error: unknown): { code: string; status: number } {
  try {
    return answerOf(error);
  } catch {
    return { code: 'NO_ANSWER', status: 0 };
  }
}

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
  const wanted = seatsOf(crowd, event.seatIds);
  const held = await hold(crowd, me, event.eventId, wanted);
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

/** Seats beside each other in a part of the hall that wanders, so that many want the same. */
function seatsOf({ chance, now }: Crowd, seatIds: readonly string[]): string[] {
  const crowded = chance.is(0.5);
  const start = crowded ? (Math.floor(now() / 1000) * 10 + chance.between(0, 30)) % seatIds.length : chance.between(0, seatIds.length - 1);
  return seatIds.slice(start, start + chance.between(1, 4));
}

type Held = { reservationId: string };

async function hold(crowd: Crowd, me: Me, eventId: string, seatIds: string[]): Promise<Told<Held> & { at: number }> {
  const { chance, history, now } = crowd;
  const key = `hold-${randomUUID()}`;
  const learn = ({ reservationId }: Held) => ({ reservationId });
  const ask = () =>
    doing(crowd, me, { op: 'hold', key, seatIds, eventId, learn }, () =>
      me.client.booking.holdSeats.mutate({ eventId, seatIds }, { context: { idempotencyKey: key } }),
    );
  const at = now();
  let told = await ask();
  if (told.outcome === 'unknown') told = await ask(); // the same key makes it safe
  if (told.outcome !== 'ok') return { ...told, at };
  const { reservationId, seats } = told.answer;
  const got = seats.map((seat) => seat.seatId).sort();
  if (got.join() !== [...seatIds].sort().join()) history.violated('I4', `reservation ${reservationId} has other seats than were asked for`);
  if (chance.is(0.15)) {
    const again = await ask();
    if (again.outcome === 'ok' && again.answer.reservationId !== reservationId)
      history.violated('I7', `key ${key} made reservations ${reservationId} and ${again.answer.reservationId}`);
  }
  return { ...told, at };
}

/** Answers the payment's id when it was confirmed. */
async function pay(crowd: Crowd, me: Me, reservationId: string, heldAt: number): Promise<string | undefined> {
  const { chance, history, now } = crowd;
  const create = () => me.client.payment.createPayment.mutate({ reservationId });
  const learn = ({ paymentId }: { paymentId: string }) => ({ paymentId });
  const payment = await doing(crowd, me, { op: 'create payment', reservationId, learn }, create);
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

/** A plain order: one seat nobody else wants, held, paid for and confirmed, by one of `buyers`, who come as they are needed. */
export async function order(crowd: Crowd, number: number, buyers: (Me | undefined)[]): Promise<void> {
  const { world, chance } = crowd;
  const event = world.events[number % world.events.length];
  const seatId = event?.seatIds[Math.floor(number / world.events.length)];
  if (!event || !seatId) return;
  const place = number % 1_000;
  const me = buyers[place] ?? (await arrived(world.system.url));
  if (!me) return;
  buyers[place] = me;
  const held = await hold({ ...crowd, chance: chance.fork(`order ${number}`) }, me, event.eventId, [seatId]);
  if (held.outcome === 'ok') await pay({ ...crowd, chance: chance.fork(`payment ${number}`) }, me, held.answer.reservationId, held.at);
  else if (held.code === 'SEAT_LIMIT_EXCEEDED') buyers[place] = undefined;
}
