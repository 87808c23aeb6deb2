import { type AuditedService, auditedServices, type Books } from './books.ts';
import { saleSubject } from './sales.ts';
import type { Page } from './walks.ts';

/** Up to where the messages of each service were looked at, by the clock of its database. */
export type Marks = Record<AuditedService, string>;

type Said = {
  sentAt: string;
  id: string;
  key: string;
  topic: string;
  payload: { reservationId?: string; ticketId?: string; seatId?: string; seats?: { seatId: string }[]; seatIds?: string[] };
};

const pageSize = 1_000;

// The index over sent messages; times as text, for a Date has no microseconds. After a week outbox and inbox begin to forget.
const saidSql = `
SELECT sent_at::text AS "sentAt", id::text, key, topic, envelope::json -> 'payload' AS payload FROM outbox
WHERE sent_at IS NOT NULL AND sent_at > clock_timestamp() - interval '7 days'
  AND (sent_at, id) > ($1::timestamptz, $2::uuid) AND sent_at <= $3::timestamptz ORDER BY sent_at, id LIMIT $4`;

const untilSql = `SELECT (clock_timestamp() - $1 * interval '1 ms')::text AS until`;

/** Where a look of these books ends: what happened later is under way. */
export async function marksNow({ sql, graceMs }: Books): Promise<Marks> {
  const marks: Partial<Marks> = {};
  for (const service of auditedServices) marks[service] = (await sql<{ until: string }>(service, untilSql, [graceMs]))[0]?.until ?? '-infinity';
  return marks as Marks; // every service has one
}

/** What services said from `from` (all they remember, when there is none) to `to`; with `effects` also the sales, seats and tickets it is about. */
export async function* said({ sql }: Books, span: { from?: Marks | undefined; to: Marks; effects: boolean }): AsyncGenerator<Page> {
  for (const service of auditedServices) {
    let after: { sentAt: string; id: string } | undefined = {
      sentAt: span.from?.[service] ?? '-infinity',
      id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    };
    while (after !== undefined) {
      const rows: Said[] = await sql<Said>(service, saidSql, [after.sentAt, after.id, span.to[service], pageSize]);
      yield { kind: `message of ${service}`, subjects: rows.map(({ id }) => id) };
      if (span.effects) yield* effectsOf(service, rows);
      after = rows.length < pageSize ? undefined : rows.at(-1);
    }
  }
}

/** Messages whose key is no payment. */
const notOfPayments: ReadonlySet<string> = new Set(['ticket-checked-in', 'cancellation-settled', 'staff-acted']);

/** Payments are keys of payment's other messages and of ticket-created and ticket-cancelled. */
function* effectsOf(service: AuditedService, rows: readonly Said[]): Generator<Page> {
  if (service !== 'payment' && service !== 'ticketing') return;
  const ofPayments = rows.filter(({ topic }) => !notOfPayments.has(topic));
  const distinct = (values: (string | undefined)[]) => [...new Set(values.filter((value) => value !== undefined))];
  yield { kind: 'sale', subjects: distinct(ofPayments.map(({ key, payload }) => saleSubject(key, payload.reservationId))) };
  yield { kind: 'seat', subjects: distinct(rows.flatMap(seatsOf)) };
  if (service === 'payment') {
    yield { kind: 'payment', subjects: distinct(ofPayments.map(({ key }) => key)) };
    yield { kind: 'reservation', subjects: distinct(rows.map(({ payload }) => payload.reservationId)) };
  } else yield { kind: 'ticket', subjects: distinct(rows.map(({ payload }) => payload.ticketId)) };
}

const seatsOf = ({ payload: { seatId, seatIds = [], seats = [] } }: Said) => [seatId, ...seatIds, ...seats.map((seat) => seat.seatId)];
