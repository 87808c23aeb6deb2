import { type Database, query, type Tx } from '@boxoffice/postgres';
import { type Transaction, TransactionEntity, transactionColumns } from './transaction.ts';

/** This user's payment; undefined for a stranger, as if it did not exist. */
export const findPayment = async (em: Tx, paymentId: string, userId: string): Promise<Transaction | undefined> =>
  (await em.findOne(TransactionEntity, { id: paymentId, userId }, { disableIdentityMap: true })) ?? undefined;

/** This user's payments, newest first. */
export const listPayments = (em: Tx, userId: string, limit: number): Promise<Transaction[]> =>
  em.find(TransactionEntity, { userId }, { orderBy: { createdAt: 'desc', id: 'desc' }, limit, disableIdentityMap: true });

/** Payments by id, whoever's they are; past the ORM, which builds its statement anew for each call. */
export const readPayments = (db: Database, ids: readonly string[]): Promise<Transaction[]> =>
  query(db, `SELECT ${transactionColumns('t')} FROM transactions t WHERE t.id = ANY ($1::uuid[])`, [ids]);
