import { type PaymentService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { findPayment } from '../persistence/find-payments.ts';
import { shown } from '../shown-payment.ts';

/** One of the caller's payments. Refuses PAYMENT_NOT_FOUND, also for somebody else's. */
export const getPayment =
  ({ db }: Deps): PaymentService['getPayment'] =>
  async ({ paymentId }, { actor }) => {
    const payment = await findPayment(db.em(), paymentId, actor.userId);
    if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
    return shown(payment);
  };
