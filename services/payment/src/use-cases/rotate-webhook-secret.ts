import type { PaymentService } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { AccountDeps } from '../deps.ts';
import { managedBy, refusalOf } from '../domain/payment-account.ts';
import { findAccount, replaceWebhookSecret } from '../persistence/payment-accounts.sql.ts';
import { accountAct, shownAccount } from '../shown-account.ts';

/**
 * A new signing secret for an account's webhooks. The same one again changes nothing, or it would end the one before.
 * Refuses PAYMENT_ACCOUNT_NOT_FOUND to strangers, ROLE_REQUIRED (manager), PAYMENT_ACCOUNT_CLOSED, PAYMENT_ACCOUNTS_OFF.
 */
export const rotateWebhookSecret =
  ({ db, secrets }: AccountDeps): PaymentService['rotateWebhookSecret'] =>
  async ({ accountId, webhookSecret }, { actor, traceparent }) => {
    const account = await findAccount(db, accountId);
    const organisationIds = managedBy(actor);
    if (!account || account.closedAt || !organisationIds.includes(account.organisationId)) throw refusalOf(account, actor);
    if (account.webhookSecret && secrets.webhookSecretsOf(account, new Date())[0] === webhookSecret) return shownAccount(account);
    const secret = secrets.seal(account.id, 'webhook_secret', webhookSecret);
    const changed = await db.transaction(async (tx) => {
      const replaced = await replaceWebhookSecret(tx, { accountId, organisationIds, secret });
      if (replaced) await staffActed(tx, accountAct('payment.rotateWebhookSecret', replaced, actor.userId), { traceparent });
      return replaced;
    });
    if (!changed) throw refusalOf(await findAccount(db, accountId), actor);
    return shownAccount(changed);
  };
