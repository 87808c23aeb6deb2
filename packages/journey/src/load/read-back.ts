import { createBoxOfficeClient } from '@boxoffice/client';
import type { Person } from '../people.ts';
import type { Entry } from './buyers.ts';

/** Of what was acknowledged, how much the API shows its customer. */
export type Found = Record<'holds' | 'payments' | 'confirmed' | 'tickets', { acknowledged: number; found: number }> & { missing: string[] };

/** Reads every acknowledged effect back through the API, as its customer, until all is found or the time is over: tickets come by a message. */
export async function readBack(url: string, buyers: readonly Person[], entries: readonly Entry[], withinMs: number): Promise<Found> {
  const end = performance.now() + withinMs;
  const byBuyer = Map.groupBy(entries, ({ userId }) => userId);
  const found = await Promise.all(buyers.map((buyer) => readBackOne(url, buyer, byBuyer.get(buyer.userId) ?? [], end)));
  const sum = (of: (one: Found) => { acknowledged: number; found: number }) => ({
    acknowledged: found.reduce((total, one) => total + of(one).acknowledged, 0),
    found: found.reduce((total, one) => total + of(one).found, 0),
  });
  return {
    holds: sum(({ holds }) => holds),
    payments: sum(({ payments }) => payments),
    confirmed: sum(({ confirmed }) => confirmed),
    tickets: sum(({ tickets }) => tickets),
    missing: found.flatMap(({ missing }) => missing).slice(0, 20),
  };
}

async function readBackOne(url: string, buyer: Person, entries: readonly Entry[], end: number): Promise<Found> {
  const client = createBoxOfficeClient({ url, retries: 10 });
  client.setSession(buyer.client.session());
  for (;;) {
    const seen = await seenBy(client).catch((error: unknown) => {
      if (performance.now() > end) throw error; // an installation that does not answer has shown nothing
      return undefined;
    });
    const found = seen && compared(entries, seen);
    if (found && (found.missing.length === 0 || performance.now() > end)) return found;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

type Seen = { reservations: Set<string>; payments: Map<string, string>; ticketed: Set<string> };

async function seenBy(client: ReturnType<typeof createBoxOfficeClient>): Promise<Seen> {
  const [{ reservations }, { payments }, { tickets }] = await Promise.all([
    client.booking.listMyReservations.query({ limit: 100 }),
    client.payment.listMyPayments.query({ limit: 100 }),
    client.ticketing.myTickets.query({ limit: 100 }),
  ]);
  return {
    reservations: new Set(reservations.map(({ reservationId }) => reservationId)),
    payments: new Map(payments.map(({ paymentId, status }) => [paymentId, status])),
    ticketed: new Set(tickets.map(({ paymentId }) => paymentId)),
  };
}

/** Which of what was acknowledged is not there. A confirmed payment must be confirmed, and have its ticket. */
export function compared(entries: readonly Entry[], { reservations, payments, ticketed }: Seen): Found {
  const acknowledged = (op: Entry['op']) => entries.filter((entry) => entry.op === op && entry.outcome === 'ok');
  const missing: string[] = [];
  const count = (what: string, wanted: readonly Entry[], isThere: (entry: Entry) => boolean) => {
    const lost = wanted.filter((entry) => !isThere(entry));
    missing.push(...lost.map(({ reservationId, paymentId }) => `${what} ${paymentId ?? reservationId}`));
    return { acknowledged: wanted.length, found: wanted.length - lost.length };
  };
  const confirmed = acknowledged('confirm payment').filter(({ status }) => status === 'CONFIRMED');
  return {
    holds: count('hold', acknowledged('hold'), ({ reservationId = '' }) => reservations.has(reservationId)),
    payments: count('payment', acknowledged('create payment'), ({ paymentId = '' }) => payments.has(paymentId)),
    confirmed: count('confirmed payment', confirmed, ({ paymentId = '' }) => payments.get(paymentId) === 'CONFIRMED'),
    tickets: count('ticket of payment', confirmed, ({ paymentId = '' }) => ticketed.has(paymentId)),
    missing,
  };
}
