import { organisationsWhere, PaymentConfirmed, type PaymentService, Refusal } from '@boxoffice/contracts';
import { outbox, staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { afterAwaiting, isByHand, progressOf } from '../domain/payment.ts';
import { organisationsOf, requireRole } from '../domain/staff.ts';
import { confirmedFact } from '../drive.ts';
import { receiveMoney } from '../persistence/await-money.sql.ts';
import { findStaffPayment } from '../persistence/staff-payments.sql.ts';
import type { Transaction } from '../persistence/transaction.ts';
import { shown } from '../shown-payment.ts';

/**
 * Staff saw the money of a payment by hand: it is CONFIRMED, and its tickets are made. The row decides against its deadline and its customer; a second call
 * answers the same. Refuses PAYMENT_NOT_FOUND, ROLE_REQUIRED (box-office), PAYMENT_NOT_AWAITED, PAYMENT_NOT_PENDING when its seats went back.
 */
export const markPaid =
  ({ db, countSettled }: Deps): PaymentService['markPaid'] =>
  async ({ paymentId, reference, reason }, { actor, traceparent }) => {
    const { payment, isNew } = await db.transaction(async (tx) => {
      const found = await findStaffPayment(tx, { paymentId, reference }, organisationsOf(actor));
      if (!found) throw new Refusal('PAYMENT_NOT_FOUND', {});
      requireRole(actor, found.organisationId, 'box-office');
      if (found.step !== 'AWAITING_MONEY') return { payment: paidBefore(found), isNew: false };
      const { next } = afterAwaiting(progressOf(found), 'money');
      const paid = await receiveMoney(tx, { paymentId: found.id, next, paidBy: actor.userId, reason });
      if (paid) {
        const { organisationId, eventId } = paid;
        await outbox(tx, PaymentConfirmed, confirmedFact(paid), { traceparent });
        const acted = { organisationId, eventId, userId: actor.userId, subject: paid.id, reason };
        await staffActed(tx, { ...acted, action: 'payment.markPaid' }, { traceparent });
      }
      // Somebody else was faster, between the two statements.
      const now = paid ?? (await findStaffPayment(tx, { paymentId: found.id }, organisationsWhere(actor, 'box-office')));
      if (!now) throw new Refusal('PAYMENT_NOT_FOUND', {});
      return { payment: paid ?? paidBefore(now), isNew: paid !== undefined };
    });
    if (isNew) countSettled('CONFIRMED');
    return shown(payment);
  };

function paidBefore(payment: Transaction): Transaction {
  const { method, status, step, failureReason } = payment;
  const began = step !== 'CREATED' && step !== 'CONFIRMING_SEATS';
  if (!isByHand(method) || !began) throw new Refusal('PAYMENT_NOT_AWAITED', { method });
  // On its way back, or back: decided in either case.
  if (status !== 'CONFIRMED') throw new Refusal('PAYMENT_NOT_PENDING', { status: failureReason ? 'FAILED' : status });
  return payment;
}
