import type { History } from './history.ts';
import type { World } from './world.ts';

/** What was told to customers and what is there: `missing` and `double` must be 0. */
export type Ledger = Record<string, { acknowledged: number; found: number; missing: number; double: number }>;

/** Counts acknowledged holds and payments, sold seats and tickets against the databases' rows. */
export async function ledgerOf(sql: World['sql'], { entries }: History): Promise<Ledger> {
  const told = (op: RegExp, id: 'reservationId' | 'paymentId', status?: string) =>
    new Set(
      entries.flatMap((entry) => (op.test(entry.op) && entry.outcome === 'ok' && (!status || entry.status === status) ? (entry[id] ?? []) : [])),
    );
  const ids = async (service: 'booking' | 'payment' | 'ticketing', text: string) => (await sql<{ id: string }>(service, text)).map(({ id }) => id);
  const sold = await ids('booking', `SELECT payment_id || ' ' || seat_id AS id FROM seat_reservations WHERE status = 'CONFIRMED'`);
  return {
    holds: row(told(/^hold/, 'reservationId'), await ids('booking', 'SELECT DISTINCT reservation_id::text AS id FROM seat_reservations')),
    'payments made': row(told(/^create payment$/, 'paymentId'), await ids('payment', 'SELECT id::text FROM transactions')),
    'payments confirmed': row(
      told(/^confirm payment$/, 'paymentId', 'CONFIRMED'),
      await ids('payment', `SELECT id::text FROM transactions WHERE status = 'CONFIRMED'`),
    ),
    'tickets of sold seats': row(
      new Set(sold),
      await ids('ticketing', `SELECT payment_id || ' ' || seat_id AS id FROM tickets WHERE status <> 'CANCELLED'`),
    ),
  };
}

function row(acknowledged: ReadonlySet<string>, there: readonly string[]): Ledger[string] {
  const distinct = new Set(there);
  const found = acknowledged.intersection(distinct).size;
  return { acknowledged: acknowledged.size, found, missing: acknowledged.size - found, double: there.length - distinct.size };
}
