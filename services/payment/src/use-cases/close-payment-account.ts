import type { PaymentService } from '@boxoffice/contracts';
import type { AccountDeps } from '../deps.ts';
import { managedBy, refusalOf } from '../domain/payment-account.ts';
import { closeAccount, findAccount } from '../persistence/payment-accounts.sql.ts';
import { shownAccount } from '../shown-account.ts';

/** No new payments through this account; its keys stay for the payments it has. Refuses PAYMENT_ACCOUNT_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export const closePaymentAccount =
  ({ db, changed }: AccountDeps): PaymentService['closePaymentAccount'] =>
  async ({ accountId }, { actor }) => {
    const closed = await closeAccount(db, accountId, managedBy(actor));
    if (!closed) throw refusalOf(await findAccount(db, accountId), actor);
    changed(closed.organisationId);
    return shownAccount(closed);
  };
