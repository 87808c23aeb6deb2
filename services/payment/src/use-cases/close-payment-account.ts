import type { PaymentService } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { AccountDeps } from '../deps.ts';
import { managedBy, refusalOf } from '../domain/payment-account.ts';
import { closeAccount, findAccount } from '../persistence/payment-accounts.sql.ts';
import { accountAct, shownAccount } from '../shown-account.ts';

/** No new payments through this account; its keys stay for the payments it has. Refuses PAYMENT_ACCOUNT_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export const closePaymentAccount =
  ({ db, changed }: AccountDeps): PaymentService['closePaymentAccount'] =>
  async ({ accountId }, { actor, traceparent }) => {
    const closed = await db.transaction(async (tx) => {
      const now = await closeAccount(tx, accountId, managedBy(actor));
      if (now) await staffActed(tx, accountAct('payment.closePaymentAccount', now, actor.userId), { traceparent });
      return now;
    });
    if (!closed) throw refusalOf(await findAccount(db, accountId), actor);
    changed(closed.organisationId);
    return shownAccount(closed);
  };
