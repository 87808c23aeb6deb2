import { type Database, query, type Tx } from '@boxoffice/postgres';
import { type OwnRefund, refundColumns } from './refund-row.ts';
import { capturedAt, type Transaction, transactionColumns } from './transaction.ts';

/** Who asks: a user, and the organisations he works for in whatever role. */
export interface Viewer {
  userId: string;
  organisationIds: readonly string[];
}

/** A payment of this customer, or of one of these organisations; undefined for a stranger, as if it did not exist. */
export async function findOrder(db: Database, paymentId: string, { userId, organisationIds }: Viewer): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    db,
    `SELECT ${transactionColumns('t')} FROM transactions t WHERE t.id = $1 AND (t.user_id = $2 OR t.organisation_id = ANY ($3::uuid[]))`,
    [paymentId, userId, organisationIds],
  );
  return row;
}

/** When the money of a paid order came. */
export async function paidAt(db: Database, paymentId: string): Promise<Date> {
  const [row] = await query<{ at: Date }>(db, `SELECT ${capturedAt} AS at FROM transactions t WHERE t.id = $1`, [paymentId]);
  if (!row) throw new Error(`payment ${paymentId} is gone`);
  return row.at;
}

/** A refund of one of these organisations, and which. */
export async function findStaffRefund(
  tx: Tx,
  refundId: string,
  organisationIds: readonly string[],
): Promise<{ refund: OwnRefund; organisationId: string; eventId: string } | undefined> {
  const [row] = await query<OwnRefund & { organisationId: string; eventId: string }>(
    tx,
    `SELECT ${refundColumns('r')}, t.organisation_id AS "organisationId", t.event_id AS "eventId" FROM refunds r JOIN transactions t ON t.id = r.payment_id
     WHERE r.id = $1 AND t.organisation_id = ANY ($2::uuid[])`,
    [refundId, organisationIds],
  );
  if (!row) return undefined;
  const { organisationId, eventId, ...refund } = row;
  return { refund, organisationId, eventId };
}
