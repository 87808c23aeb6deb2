import type { History, Violation } from '../history.ts';
import type { World } from '../world.ts';

type Sql = World['sql'];

const keyed = <T>(rows: readonly T[], key: (row: T) => string) => new Map(rows.map((row) => [key(row), row]));

/** What clients were told is so (I3, I7, I12). */
export async function historyHolds(sql: Sql, { entries }: History): Promise<Violation[]> {
  const violations: Violation[] = [];
  const rows = await sql<{ id: string; userId: string; seats: string }>(
    'booking',
    `SELECT reservation_id::text AS id, user_id::text AS "userId", string_agg(seat_id::text, ',' ORDER BY seat_id) AS seats FROM seat_reservations GROUP BY 1, 2`,
  );
  const reservations = keyed(rows, (row) => row.id);
  const payments = keyed(await sql<{ id: string; status: string }>('payment', 'SELECT id::text, status FROM transactions'), (row) => row.id);
  const used = new Set((await sql<{ id: string }>('ticketing', `SELECT id::text FROM tickets WHERE status = 'USED'`)).map(({ id }) => id));
  for (const entry of entries) {
    if (entry.outcome !== 'ok') continue;
    if (entry.op.startsWith('hold') && entry.reservationId) {
      const found = reservations.get(entry.reservationId);
      if (!found) violations.push({ invariant: 'I3', what: `hold ${entry.reservationId} was acknowledged and is not there` });
      else if (found.userId !== entry.userId || found.seats !== [...(entry.seatIds ?? [])].sort().join())
        violations.push({ invariant: 'I4', what: `hold ${entry.reservationId} is not what was acknowledged` });
    }
    if (entry.op === 'create payment' && entry.paymentId && !payments.has(entry.paymentId))
      violations.push({ invariant: 'I12', what: `payment ${entry.paymentId} was acknowledged and is not there` });
    if (entry.op === 'confirm payment' && entry.status === 'CONFIRMED' && payments.get(entry.paymentId ?? '')?.status !== 'CONFIRMED')
      violations.push({
        invariant: 'I12',
        what: `payment ${entry.paymentId} was confirmed to its customer and is ${payments.get(entry.paymentId ?? '')?.status ?? 'not there'}`,
      });
    if (entry.op === 'check in' && !used.has(entry.ticketId ?? ''))
      violations.push({ invariant: 'I12', what: `ticket ${entry.ticketId} was let in and is not used` });
  }
  return violations;
}
