import { poisonKey } from '../faults/engines.ts';
import type { History, Violation } from '../history.ts';
import { speakers, type World } from '../world.ts';

type Sql = World['sql'];
type Sold = { paymentId: string; reservationId: string; seats: string; price: number };

const keyed = <T>(rows: readonly T[], key: (row: T) => string) => new Map(rows.map((row) => [key(row), row]));

/** Seats, money and tickets tell the same story (I5, I6). */
export async function moneyAgrees(sql: Sql): Promise<Violation[]> {
  const sold = await sql<Sold>(
    'booking',
    `SELECT payment_id::text AS "paymentId", reservation_id::text AS "reservationId", string_agg(seat_id::text, ',' ORDER BY seat_id) AS seats,
       sum(price_minor + fee_minor)::int AS price FROM seat_reservations WHERE status = 'CONFIRMED' GROUP BY payment_id, reservation_id`,
  );
  const paid = await sql<{ id: string; amount: number; reservationId: string }>(
    'payment',
    `SELECT id::text, amount_minor AS amount, reservation_id::text AS "reservationId" FROM transactions WHERE status = 'CONFIRMED'`,
  );
  const ticketed = await sql<{ paymentId: string; seats: string }>(
    'ticketing',
    `SELECT payment_id::text AS "paymentId", string_agg(seat_id::text, ',' ORDER BY seat_id) AS seats FROM tickets WHERE status <> 'CANCELLED' GROUP BY payment_id`,
  );
  const violations: Violation[] = [];
  const payments = keyed(paid, (row) => row.id);
  const tickets = keyed(ticketed, (row) => row.paymentId);
  const sales = keyed(sold, (row) => row.paymentId);
  for (const sale of sold) {
    const payment = payments.get(sale.paymentId);
    if (payment?.reservationId !== sale.reservationId)
      violations.push({ invariant: 'I5', what: `reservation ${sale.reservationId} is sold to ${sale.paymentId}, which did not pay for it` });
    else if (payment.amount !== sale.price)
      violations.push({ invariant: 'I5', what: `payment ${payment.id} is of ${payment.amount}, its seats cost ${sale.price}` });
    const issued = tickets.get(sale.paymentId)?.seats;
    if (issued !== sale.seats)
      violations.push({ invariant: 'I6', what: `payment ${sale.paymentId} paid for ${sale.seats} and has tickets for ${issued ?? 'nothing'}` });
  }
  for (const { id } of paid) if (!sales.has(id)) violations.push({ invariant: 'I6', what: `payment ${id} is confirmed and has no seats` });
  for (const { paymentId } of ticketed)
    if (!sales.has(paymentId)) violations.push({ invariant: 'I6', what: `tickets of ${paymentId} without a sale` });
  return violations;
}

/** Every message was sent, and applied by everybody who hears it, or is accounted for (I8). */
export async function messagesArrived(sql: Sql): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const service of speakers) {
    const unsent = await sql<{ id: string; topic: string }>(service, 'SELECT id::text, topic FROM outbox WHERE sent_at IS NULL LIMIT 20');
    violations.push(...unsent.map(({ id, topic }) => ({ invariant: 'I8', what: `${topic} ${id} of ${service} was never sent` })));
    const parked = await sql<{ topic: string; key: string; error: string }>(
      service,
      'SELECT topic, key, error FROM parked_messages WHERE key <> $1 LIMIT 20',
      [poisonKey],
    );
    violations.push(...parked.map(({ topic, key, error }) => ({ invariant: 'I8', what: `${topic} of ${key} is parked at ${service}: ${error}` })));
  }
  const said = await sql<{ id: string }>('payment', `SELECT id::text FROM outbox WHERE topic = 'payment-confirmed'`);
  for (const service of ['ticketing', 'notification-analytics'] as const) {
    const heard = new Set((await sql<{ id: string }>(service, 'SELECT message_id::text AS id FROM inbox')).map(({ id }) => id));
    for (const { id } of said)
      if (!heard.has(id)) violations.push({ invariant: 'I8', what: `payment-confirmed ${id} was never applied by ${service}` });
  }
  return violations;
}

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
