import type { PaymentService } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import type { AccountDeps } from '../deps.ts';
import { requireManager } from '../domain/payment-account.ts';
import { type AccountRow, knownAccountId, putAccount, replaceWebhookSecret } from '../persistence/payment-accounts.sql.ts';
import { shownAccount } from '../shown-account.ts';

/**
 * Keeps an organisation's account after asking the provider whose key it is: a known account gets the new keys, another one is another account.
 * Refuses ORGANISATION_NOT_FOUND, ROLE_REQUIRED (manager), PAYMENT_ACCOUNTS_OFF, PROVIDER_UNREACHABLE, PROVIDER_KEY_REFUSED.
 */
export const putPaymentAccount =
  (deps: AccountDeps): PaymentService['putPaymentAccount'] =>
  async (input, { actor }) => {
    const organisationId = input.organisationId.toLowerCase();
    requireManager(actor, organisationId);
    deps.secrets.seal(newId(), 'secret_key', ''); // a process without keys must not send one anywhere
    const providerAccount = await deps.ownerOf(input.secretKey);
    const put = await keep(deps, { ...input, organisationId, providerAccount });
    const account = input.webhookSecret === undefined ? put : await withWebhookSecret(deps, put, input.webhookSecret);
    deps.changed(organisationId);
    return shownAccount(account);
  };

type Put = Parameters<PaymentService['putPaymentAccount']>[0] & { providerAccount: string };

/** Sealed for the id it will have; somebody who was faster has given it another. */
async function keep({ db, secrets }: AccountDeps, { secretKey, ...account }: Put): Promise<AccountRow> {
  for (let turn = 0; turn < 3; turn++) {
    const id = (await knownAccountId(db, account)) ?? newId();
    const put = await putAccount(db, { ...account, id, secretKey: secrets.seal(id, 'secret_key', secretKey) });
    if (put) return put;
  }
  throw new Error('a payment account comes and goes');
}

async function withWebhookSecret({ db, secrets }: AccountDeps, account: AccountRow, webhookSecret: string): Promise<AccountRow> {
  if (secrets.webhookSecretsOf(account, new Date())[0] === webhookSecret) return account;
  const secret = secrets.seal(account.id, 'webhook_secret', webhookSecret);
  const organisationIds = [account.organisationId];
  return (await replaceWebhookSecret(db, { accountId: account.id, organisationIds, secret, keptForHours: 24 })) ?? account;
}
