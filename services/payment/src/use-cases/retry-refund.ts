import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { OrderDeps } from '../deps.ts';
import { refundKeyOf, retried } from '../domain/refund.ts';
import { organisationsOf, requireRole } from '../domain/staff.ts';
import { findStaffRefund } from '../persistence/find-orders.sql.ts';
import { moveByHand } from '../persistence/move-refund.sql.ts';
import { settledRefund } from '../settled-refund.ts';
import { refundOrRefused, shownRefund } from '../shown-order.ts';

/** Asks the provider once more for a refund it has declined for good, under a new key. Refuses REFUND_NOT_FOUND, ROLE_REQUIRED, REFUND_NOT_FAILED. */
export const retryRefund =
  (deps: OrderDeps): PaymentService['retryRefund'] =>
  async ({ refundId }, { actor, traceparent }) => {
    await deps.db.transaction(async (tx) => {
      const found = await findStaffRefund(tx, refundId, organisationsOf(actor));
      if (!found) throw new Refusal('REFUND_NOT_FOUND', {});
      requireRole(actor, found.organisationId, 'manager');
      const { refund } = found;
      const next = retried(refund);
      const round = refund.round + 1;
      // Of two that come at once one finds it as it was read: there are never two rounds for one no.
      const moved = next && (await moveByHand(tx, refund, { next, round, key: refundKeyOf(refundId, next.step, round), by: null }));
      if (!moved) throw new Refusal('REFUND_NOT_FAILED', { status: refund.status });
      const { organisationId, eventId } = found;
      const acted = { organisationId, eventId, userId: actor.userId, subject: refundId, reason: null };
      await staffActed(tx, { ...acted, action: 'payment.retryRefund' }, { traceparent });
    });
    return shownRefund(refundOrRefused(await settledRefund(deps, refundId)));
  };
