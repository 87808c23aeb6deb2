import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { newId } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { organisationsOf, requireRole } from '../domain/staff.ts';
import { findStaffPayment } from '../persistence/staff-payments.sql.ts';
import { requestRefund } from '../request-refund.ts';
import { settledRefund } from '../settled-refund.ts';
import { refundOrRefused, shownRefund } from '../shown-order.ts';

/**
 * Gives the money of an order back, of some of its seats, or an amount as good will; the same key is the same refund. Refuses PAYMENT_NOT_FOUND (also for
 * other organisations), ROLE_REQUIRED, PAYMENT_NOT_CONFIRMED, SEATS_NOT_OF_ORDER, ALREADY_REFUNDED, REFUND_TOO_MUCH, TICKET_ALREADY_USED,
 * IDEMPOTENCY_KEY_REUSED, and changes nothing then.
 */
export const refundOrder =
  (deps: OrderDeps): PaymentService['refundOrder'] =>
  async ({ paymentId, ...wish }, { actor, idempotencyKey, traceparent }) => {
    const payment = await findStaffPayment(deps.db, { paymentId }, organisationsOf(actor));
    if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
    requireRole(actor, payment.organisationId, 'manager');
    const key = `refund-order:${idempotencyKey ?? newId()}`;
    const { organisationId, eventId } = payment;
    const request = { payment, ...wish, requestedBy: actor.userId, key };
    const { id } = await requestRefund(deps, undefined, request, (tx, { id: refundId, amountMinor, currency }) => {
      const acted = {
        organisationId,
        eventId,
        userId: actor.userId,
        subject: paymentId,
        reason: wish.reason,
        detail: `${amountMinor} ${currency} ${refundId}`,
      };
      return staffActed(tx, { ...acted, action: 'payment.refundOrder' }, { traceparent });
    });
    return shownRefund(refundOrRefused(await settledRefund(deps, id)));
  };
