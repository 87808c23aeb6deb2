import type { PaymentService } from '@boxoffice/contracts';
import type { AccountDeps } from '../deps.ts';
import { requireOrganisation } from '../domain/staff.ts';
import { accountsOf } from '../persistence/payment-accounts.sql.ts';
import { shownAccount } from '../shown-account.ts';

/** An organisation's accounts, newest first, without their secrets. Refuses ORGANISATION_NOT_FOUND, ROLE_REQUIRED (manager). */
export const listPaymentAccounts =
  ({ db }: AccountDeps): PaymentService['listPaymentAccounts'] =>
  async ({ organisationId }, { actor }) => {
    requireOrganisation(actor, organisationId.toLowerCase(), 'manager');
    return { accounts: (await accountsOf(db, organisationId)).map(shownAccount) };
  };
