import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { idempotent } from '@boxoffice/postgres';
import type { Deps } from '../deps.ts';
import { cancelCreatedPayment } from '../persistence/cancel-payments.sql.ts';
import { findPayment } from '../persistence/find-payments.ts';
import { shown } from '../shown-payment.ts';

/** Gives up a payment nobody has confirmed; a second call changes nothing. Refuses PAYMENT_NOT_FOUND, PAYMENT_NOT_PENDING once the provider may have been asked. */
export const cancelPayment =
  ({ db, countSettled }: Deps): PaymentService['cancelPayment'] =>
  ({ paymentId }, { actor: { userId }, idempotencyKey: key }) =>
    db.transaction((tx) =>
      idempotent(tx, { userId, procedure: 'cancelPayment', key, input: { paymentId } }, async () => {
        const cancelled = await cancelCreatedPayment(tx, paymentId, userId);
        if (cancelled) countSettled('CANCELLED');
        const payment = cancelled ?? (await findPayment(tx, paymentId, userId));
        if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
        if (payment.status !== 'CANCELLED') throw new Refusal('PAYMENT_NOT_PENDING', { status: payment.status });
        return shown(payment);
      }),
    );
