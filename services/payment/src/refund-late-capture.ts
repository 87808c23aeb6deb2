import type { OrderDeps } from './deps.ts';
import type { OwnRefund } from './persistence/refund-row.ts';
import { noteCapture, refundsOf } from './persistence/refunds-of-payment.sql.ts';
import type { Transaction } from './persistence/transaction.ts';
import { requestRefund } from './request-refund.ts';

/**
 * Money that the provider captured for a payment which had FAILED, or was cancelled, goes back: whole, once, and told. For whoever looked the charge up and
 * found it captured. Answers the refund, which `settle-refunds` drives; undefined when the payment's own refund covers it.
 */
export const refundLateCapture = ({ db }: Pick<OrderDeps, 'db'>, payment: Transaction): Promise<OwnRefund | undefined> =>
  db.transaction(async (tx) => {
    await noteCapture(tx, payment.id); // its row lock is the payment's: the refunds are read after whoever had it
    const own = (await refundsOf(tx, payment.id)).some(({ kind }) => kind === 'failed-payment');
    if (own) return undefined;
    const request = {
      payment,
      withFees: true,
      force: false,
      requestedBy: null,
      reason: 'captured after the payment had failed',
      key: 'late-capture',
    };
    return requestRefund({ db }, tx, { ...request, kind: 'late-capture' });
  });
