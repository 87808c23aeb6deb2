import type { PaymentService } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { AccountDeps } from '../deps.ts';
import { requireOrganisation } from '../domain/staff.ts';
import { type AccountRow, knownAccountId, putAccount, replaceWebhookSecret } from '../persistence/payment-accounts.sql.ts';
import { accountAct, shownAccount } from '../shown-account.ts';

/**
 * Keeps an organisation's account after asking the provider whose key it is: a known account gets the new keys, another one is another account.
 * Refuses ORGANISATION_NOT_FOUND, ROLE_REQUIRED (manager), PAYMENT_ACCOUNTS_OFF, PROVIDER_UNREACHABLE, PROVIDER_KEY_REFUSED.
 */
export const putPaymentAccount =
  (deps: AccountDeps): PaymentService['putPaymentAccount'] =>
  async (input, { actor, traceparent }) => {
    const organisationId = input.organisationId.toLowerCase();
    requireOrganisation(actor, organisationId, 'manager');
    deps.secrets.seal(newId(), 'secret_key', ''); // a process without keys must not send one anywhere
    const providerAccount = await deps.ownerOf(input.secretKey);
    const account = await keep(deps, { ...input, organisationId, providerAccount }, { userId: actor.userId, traceparent });
    deps.changed(organisationId);
    return shownAccount(account);
  };

type Put = Parameters<PaymentService['putPaymentAccount']>[0] & { providerAccount: string };

type Who = { userId: string; traceparent: string | undefined };

/** Sealed for the id it will have; somebody who was faster has given it another. */
async function keep({ db, secrets }: AccountDeps, { secretKey, webhookSecret, ...account }: Put, { userId, traceparent }: Who): Promise<AccountRow> {
  for (let turn = 0; turn < 3; turn++) {
    const id = (await knownAccountId(db, account)) ?? newId();
    const put = await db.transaction(async (tx) => {
      const kept = await putAccount(tx, { ...account, id, secretKey: secrets.seal(id, 'secret_key', secretKey) });
      if (kept) await staffActed(tx, accountAct('payment.putPaymentAccount', kept, userId), { traceparent });
      return kept && webhookSecret !== undefined ? withWebhookSecret(tx, secrets, { account: kept, webhookSecret }) : kept;
    });
    if (put) return put;
  }
  throw new Error('a payment account comes and goes');
}

type Signing = { account: AccountRow; webhookSecret: string };
async function withWebhookSecret(tx: Tx, secrets: AccountDeps['secrets'], { account, webhookSecret }: Signing): Promise<AccountRow> {
  if (secrets.webhookSecretsOf(account, new Date())[0] === webhookSecret) return account;
  const secret = secrets.seal(account.id, 'webhook_secret', webhookSecret);
  const organisationIds = [account.organisationId];
  return (await replaceWebhookSecret(tx, { accountId: account.id, organisationIds, secret })) ?? account;
}
