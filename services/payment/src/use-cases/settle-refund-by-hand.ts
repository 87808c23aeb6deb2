import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { OrderDeps } from '../deps.ts';
import { refundKeyOf, settledByHand } from '../domain/refund.ts';
import { organisationsOf, requireRole } from '../domain/staff.ts';
import { findStaffRefund } from '../persistence/find-orders.sql.ts';
import { moveByHand } from '../persistence/move-refund.sql.ts';
import { lockPayment } from '../persistence/refunds-of-payment.sql.ts';
import { finishRefund, refundProgress } from '../refund-settlement.ts';
import { settledRefund } from '../settled-refund.ts';
import { refundOrRefused, shownRefund } from '../shown-order.ts';

/**
 * The money of a refund that the provider declined, or that no provider has, was given back outside: the rest of the refund goes on. Refuses
 * REFUND_NOT_FOUND, ROLE_REQUIRED, REFUND_NOT_FAILED (it does not wait for staff).
 */
export const settleRefundByHand =
  (deps: OrderDeps): PaymentService['settleRefundByHand'] =>
  async ({ refundId, reason }, { actor, traceparent }) => {
    await deps.db.transaction(async (tx) => {
      const found = await findStaffRefund(tx, refundId, organisationsOf(actor));
      if (!found) throw new Refusal('REFUND_NOT_FOUND', {});
      requireRole(actor, found.organisationId, 'manager');
      const { refund } = found;
      const locked = await lockPayment(tx, refund.paymentId);
      const next = locked && refund.step !== null ? settledByHand(refundProgress(refund, locked.payment)) : undefined;
      const by = { userId: actor.userId, reason };
      const moved = next && (await moveByHand(tx, refund, { next, round: refund.round, key: refundKeyOf(refundId, next.step, refund.round), by }));
      if (!locked || !moved) throw new Refusal('REFUND_NOT_FAILED', { status: refund.status });
      const { organisationId, eventId } = found;
      const acted = { organisationId, eventId, userId: actor.userId, subject: refundId, reason };
      await staffActed(tx, { ...acted, action: 'payment.settleRefundByHand' }, { traceparent });
      if (moved.step !== 'SETTLED') return;
      await finishRefund(tx, moved, locked.payment);
      deps.countRefunds('DONE');
    });
    return shownRefund(refundOrRefused(await settledRefund(deps, refundId)));
  };
