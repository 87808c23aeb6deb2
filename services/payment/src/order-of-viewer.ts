import { Refusal, type User } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { organisationsOf, requireRole } from './domain/staff.ts';
import { findOrder } from './persistence/find-orders.sql.ts';
import type { Transaction } from './persistence/transaction.ts';

/** An order for its customer, or for box-office staff of its organisation. Refuses PAYMENT_NOT_FOUND (also to strangers), ROLE_REQUIRED. */
export async function orderOfViewer(db: Database, paymentId: string, actor: User): Promise<Transaction> {
  const payment = await findOrder(db, paymentId, { userId: actor.userId, organisationIds: organisationsOf(actor) });
  if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
  if (payment.userId !== actor.userId) requireRole(actor, payment.organisationId, 'box-office');
  return payment;
}
