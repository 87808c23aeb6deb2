import type { Tx } from '@boxoffice/postgres';
import { type Transaction, TransactionEntity } from './transaction.ts';

/** This user's payment; undefined for a stranger, as if it did not exist. */
export const findPayment = async (em: Tx, paymentId: string, userId: string): Promise<Transaction | undefined> =>
  (await em.findOne(TransactionEntity, { id: paymentId, userId }, { disableIdentityMap: true })) ?? undefined;

/** This user's payments, newest first. */
export const listPayments = (em: Tx, userId: string, limit: number): Promise<Transaction[]> =>
  em.find(TransactionEntity, { userId }, { orderBy: { createdAt: 'desc', id: 'desc' }, limit, disableIdentityMap: true });
