import { type Database, literal, query, type Tx } from '@boxoffice/postgres';
import { type Status, type Step, waitingFor } from '../domain/payment.ts';
import { type Transaction, transactionColumns } from './transaction.ts';

/** A payment of one of these organisations, by its id or its reference; undefined for a stranger. */
export async function findStaffPayment(
  db: Database | Tx,
  { paymentId, reference }: { paymentId?: string | undefined; reference?: string | undefined },
  organisationIds: readonly string[],
): Promise<Transaction | undefined> {
  const which = paymentId === undefined ? 't.reference = $1' : 't.id = $1';
  const text = `SELECT ${transactionColumns('t')} FROM transactions t WHERE ${which} AND t.organisation_id = ANY ($2::uuid[])`;
  const [row] = await query<Transaction>(db, text, [paymentId ?? reference, organisationIds]);
  return row;
}

export interface StaffFilter {
  organisationId: string;
  eventId?: string | undefined;
  status?: Status | undefined;
  waitingFor?: 'customer' | 'provider' | 'booking' | 'staff' | undefined;
  olderThanSeconds?: number | undefined;
  reference?: string | undefined;
  after?: string | undefined;
  limit: number;
}
export type StaffRow = Transaction & { overdue: boolean };

const steps: readonly Step[] = [
  ...(['CREATED', 'AUTHORISING', 'CONFIRMING_SEATS', 'AWAITING_MONEY', 'CAPTURING', 'VOIDING', 'REFUNDING'] as const),
  ...(['RETURNING_SEATS', 'RELEASING_SEATS'] as const),
];

/** Payments of an organisation, newest first, at most `limit`; those after a payment of an earlier page where one is named. */
export function listStaffPayments(db: Database, filter: StaffFilter): Promise<StaffRow[]> {
  const values: unknown[] = [filter.organisationId];
  const add = (value: unknown, condition: (at: string) => string) => (value === undefined ? [] : [condition(`$${values.push(value)}`)]);
  const waiting = filter.waitingFor && steps.filter((step) => waitingFor(step) === filter.waitingFor);
  const conditions = [
    't.organisation_id = $1',
    ...add(filter.eventId, (at) => `t.event_id = ${at}`),
    // As it is, not as a parameter: only then does Postgres know that the few PENDING ones have indexes of their own.
    ...(filter.status ? [`t.status = ${literal(filter.status)}`] : []),
    ...add(waiting, (at) => `t.status = 'PENDING' AND t.step = ANY (${at}::text[])`),
    ...add(filter.olderThanSeconds, (at) => `t.created_at <= statement_timestamp() - ${at} * interval '1 s'`),
    ...add(filter.reference, (at) => `t.reference = ${at}`),
    ...add(
      filter.after,
      (at) => `(t.created_at, t.id) < (SELECT a.created_at, a.id FROM transactions a WHERE a.id = ${at} AND a.organisation_id = $1)`,
    ),
  ];
  return query<StaffRow>(
    db,
    `SELECT ${transactionColumns('t')}, t.status = 'PENDING' AND t.pay_until < statement_timestamp() AS overdue
     FROM transactions t WHERE ${conditions.join(' AND ')} ORDER BY t.created_at DESC, t.id DESC LIMIT $${values.push(filter.limit)}`,
    values,
  );
}
