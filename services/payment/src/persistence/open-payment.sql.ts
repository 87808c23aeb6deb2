import { type Database, query, type Statement } from '@boxoffice/postgres';
import { type Transaction, transactionColumns } from './transaction.ts';

export type NewPayment = Pick<
  Transaction,
  | (
      | 'id'
      | 'transactionId'
      | 'reservationId'
      | 'eventId'
      | 'organisationId'
      | 'userId'
      | 'amountMinor'
      | 'feeMinor'
      | 'currency'
      | 'seats'
      | 'payUntil'
    )
  | ('method' | 'provider' | 'accountId')
>;

/** The new payment, or the one in its way: the same id, or another PENDING one of the reservation. */
export async function openPayment(db: Database, payment: NewPayment): Promise<Transaction> {
  // A payment in the way may be decided between the two statements; then the way is free and the second insert finds it so.
  for (let turn = 0; turn < 3; turn++) {
    const found = (await insert(db, payment)) ?? (await inTheWay(db, payment));
    if (found) return found;
  }
  throw new Error(`reservation ${payment.reservationId} has a payment that comes and goes`);
}

async function insert(db: Database, payment: NewPayment): Promise<Transaction | undefined> {
  const { text, values } = insertPayments([payment]);
  return (await query<Transaction>(db, text, values))[0];
}

/** New payments, each unless one is in its way; those are missing in the answer. */
export const insertPayments = (payments: readonly NewPayment[]): Statement => {
  const column = <K extends keyof NewPayment>(name: K) => payments.map((payment) => payment[name]);
  return {
    text: insertSql,
    values: [
      ...[column('id'), column('transactionId'), column('reservationId'), column('eventId'), column('organisationId'), column('userId')],
      ...[column('amountMinor'), column('currency'), payments.map(({ seats }) => JSON.stringify(seats)), column('payUntil')],
      ...[column('feeMinor'), column('method'), column('provider'), column('accountId')],
    ],
  };
};

const insertSql = `
INSERT INTO transactions AS t (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, pay_until, next_check_at,
  fee_minor, method, provider, account_id)
SELECT id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats::jsonb, pay_until, pay_until,
  fee_minor, method, provider, account_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::int[], $8::text[], $9::text[], $10::timestamptz[],
    $11::int[], $12::text[], $13::text[], $14::uuid[])
  AS n (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, pay_until, fee_minor, method, provider, account_id)
ON CONFLICT DO NOTHING RETURNING ${transactionColumns('t')}`;

async function inTheWay(db: Database, { id, userId, reservationId }: NewPayment): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    db,
    `SELECT ${transactionColumns('t')} FROM transactions t
     WHERE (t.id = $1 AND t.user_id = $2) OR (t.reservation_id = $3 AND t.status = 'PENDING')
     ORDER BY (t.id = $1) DESC LIMIT 1`,
    [id, userId, reservationId],
  );
  return row;
}
