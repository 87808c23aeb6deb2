import type { BoxOfficeClient } from '@boxoffice/client';
import { guest, newEmail, type Person } from '../people.ts';
import { answerOf } from '../report.ts';

/** One operation as its customer saw it, in the shape of the chaos run's history: `ok` binds the installation, `unknown` says nothing. */
export type Entry = {
  op: 'hold' | 'create payment' | 'confirm payment';
  /** Milliseconds since the load began, and what it took. */
  at: number;
  ms: number;
  outcome: 'ok' | 'refused' | 'unknown';
  code?: string;
  userId: string;
  eventId: string;
  reservationId?: string;
  seatIds?: string[];
  paymentId?: string;
  status?: string;
};

/** What the load buys from, and who is told what became of each operation. */
export type Sale = { url: string; eventId: string; fetch: typeof fetch; now: () => number; note: (entry: Entry) => void };

/** A guest whose calls are made once: what is not acknowledged is not repeated, so that each answer counts by itself. */
export const buyerAt = ({ url, fetch }: Pick<Sale, 'url' | 'fetch'>): Promise<Person> => guest(url, newEmail('load'), { fetch, retries: 0 });

/** Holds a seat, and pays for it unless told not to. */
export async function order(sale: Sale, buyer: Person, { seatId, pays }: { seatId: string; pays: boolean }): Promise<void> {
  const { eventId } = sale;
  const { booking, payment }: BoxOfficeClient = buyer.client;
  const held = await doing(sale, buyer, { op: 'hold', seatIds: [seatId] }, () => booking.holdSeats.mutate({ eventId, seatIds: [seatId] }));
  if (!held || !pays) return;
  const { reservationId } = held;
  const created = await doing(sale, buyer, { op: 'create payment', reservationId }, () => payment.createPayment.mutate({ reservationId }));
  if (!created) return;
  const { paymentId } = created;
  await doing(sale, buyer, { op: 'confirm payment', reservationId, paymentId }, () =>
    payment.confirmPayment.mutate({ paymentId, card: '4242424242424242' }),
  );
}

type Answer = { reservationId?: string; paymentId?: string; status: string };

async function doing<T extends Answer>(
  { eventId, now, note }: Sale,
  { userId }: Person,
  known: Pick<Entry, 'op'> & Partial<Entry>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const at = now();
  const noted = (rest: Pick<Entry, 'outcome'> & Partial<Entry>) =>
    note({ ...known, ...rest, userId, eventId, at: Math.round(at), ms: Math.round(now() - at) });
  try {
    const answer = await work();
    const { reservationId, paymentId, status } = answer;
    noted({ outcome: 'ok', status, ...(reservationId && { reservationId }), ...(paymentId && { paymentId }) });
    return answer;
  } catch (error) {
    noted(outcomeOf(error));
    return undefined;
  }
}

/** A 4xx is a "no"; everything else does not say what happened. */
function outcomeOf(error: unknown): { outcome: 'refused' | 'unknown'; code: string } {
  try {
    const { code, status } = answerOf(error);
    return { outcome: status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unknown', code };
  } catch {
    return { outcome: 'unknown', code: 'NO_ANSWER' };
  }
}
