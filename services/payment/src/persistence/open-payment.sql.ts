import { query, type Tx } from '@boxoffice/postgres';
import { type Transaction, transactionColumns } from './transaction.ts';

export type NewPayment = Pick<
  Transaction,
  'id' | 'transactionId' | 'reservationId' | 'eventId' | 'organisationId' | 'userId' | 'amountMinor' | 'currency' | 'seats' | 'payUntil'
>;

/** The new payment, or the one in its way: the same id, or another PENDING one of the reservation. */
export async function openPayment(tx: Tx, payment: NewPayment): Promise<Transaction> {
  // A payment in the way may be decided between the two statements; then the way is free and the second insert finds it so.
  for (let turn = 0; turn < 3; turn++) {
    const found = (await insert(tx, payment)) ?? (await inTheWay(tx, payment));
    if (found) return found;
  }
  throw new Error(`reservation ${payment.reservationId} has a payment that comes and goes`);
}

async function insert(tx: Tx, payment: NewPayment): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    tx,
    `INSERT INTO transactions AS t (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, pay_until, next_check_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
     ON CONFLICT DO NOTHING RETURNING ${transactionColumns('t')}`,
    [
      payment.id,
      payment.transactionId,
      payment.reservationId,
      payment.eventId,
      payment.organisationId,
      payment.userId,
      payment.amountMinor,
      payment.currency,
      JSON.stringify(payment.seats),
      payment.payUntil,
    ],
  );
  return row;
}

async function inTheWay(tx: Tx, { id, userId, reservationId }: NewPayment): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    tx,
    `SELECT ${transactionColumns('t')} FROM transactions t
     WHERE (t.id = $1 AND t.user_id = $2) OR (t.reservation_id = $3 AND t.status = 'PENDING')
     ORDER BY (t.id = $1) DESC LIMIT 1`,
    [id, userId, reservationId],
  );
  return row;
}
