import { arena } from '@boxoffice/venues';
import type { Credentials } from '../config.ts';
import { ownOrganisation } from '../own-organisation.ts';
import { eventOnSale, logIn, type Person } from '../people.ts';
import { type AnswerSummary, countedAnswers } from './answers.ts';
import { buyerAt, type Entry, order, type Sale } from './buyers.ts';
import { type Found, readBack } from './read-back.ts';

export type LoadOptions = {
  url: string;
  administrator: Credentials;
  ordersPerSecond: number;
  /** Ends the sale; what was acknowledged is read back then. */
  stop: AbortSignal;
  print: (entry: Entry) => void;
  onSale: (eventId: string) => void;
  readBackWithinMs: number;
};
export type LoadResult = { eventId: string; seconds: number; orders: number; answers: AnswerSummary; found: Found };

const name = 'Load test';
const seats = 5_000;
/** Few enough that one list of the API shows all a customer has. */
const ordersPerBuyer = 40;
const buyersAtOnce = 10;
/** Every fourth customer only holds. */
const paysAlways = (number: number) => number % 4 !== 3;
/** Enough for a minute without any answer; more would only prove that sockets can be opened. */
const mostUnderWay = 200;

/** Sells single seats at a steady rate until told to stop, then reads every acknowledged effect back. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, stop, print } = options;
  const { eventId, seatIds } = await onSale(options);
  const answers = countedAnswers();
  const buyers: Person[] = [];
  for (let number = 0; number < buyersAtOnce; number++) buyers.push(await buyerAt({ url, fetch: answers.fetch }));
  const entries: Entry[] = [];
  const began = performance.now();
  const note = (entry: Entry) => {
    entries.push(entry);
    print(entry);
  };
  answers.begin();
  options.onSale(eventId);
  const orders = await sellAtRate(
    { url, eventId, fetch: answers.fetch, now: () => performance.now() - began, note },
    { seatIds, buyers, stop, perSecond: options.ordersPerSecond },
  );
  const seconds = Math.round((performance.now() - began) / 1_000);
  const summary = answers.summary();
  return { eventId, seconds, orders, answers: summary, found: await readBack(url, buyers, entries, options.readBackWithinMs) };
}

async function onSale({ url, administrator }: LoadOptions): Promise<{ eventId: string; seatIds: string[] }> {
  const organiser = await ownOrganisation(await logIn(url, administrator), name);
  const eventId = await eventOnSale(organiser, arena(seats), { name, maxSeatsPerCustomer: 100 });
  const { seats: all } = await organiser.client.booking.eventSeats.query({ eventId });
  return { eventId, seatIds: all.map(({ seatId }) => seatId) };
}

type Selling = { seatIds: readonly string[]; buyers: Person[]; stop: AbortSignal; perSecond: number };

/** Orders begin on time, whatever became of the ones before. Answers how many began. */
async function sellAtRate(sale: Sale, { seatIds, buyers, stop, perSecond }: Selling): Promise<number> {
  const underWay = new Set<Promise<void>>();
  const lanes = buyers.map((buyer) => ({ buyer, orders: 0 }));
  let begun = 0;
  while (!stop.aborted && begun < seatIds.length) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, (begun / perSecond) * 1_000 - sale.now())));
    if (underWay.size >= mostUnderWay) {
      await Promise.race(underWay);
      continue;
    }
    const lane = lanes[begun % lanes.length];
    const seatId = seatIds[begun];
    if (!lane || !seatId) break;
    if (lane.orders++ >= ordersPerBuyer) await replaced(sale, lane, buyers);
    const one: Promise<void> = order(sale, lane.buyer, { seatId, pays: paysAlways(begun) }).finally(() => underWay.delete(one));
    underWay.add(one);
    begun++;
  }
  await Promise.all(underWay);
  return begun;
}

/** Another customer comes; while nobody is let in, the old one goes on. */
async function replaced(sale: Sale, lane: { buyer: Person; orders: number }, buyers: Person[]): Promise<void> {
  const next = await buyerAt(sale).catch(() => undefined);
  if (!next) return;
  buyers.push(next);
  Object.assign(lane, { buyer: next, orders: 1 });
}
