import type { PaymentAccount } from '@boxoffice/contracts';
import type { z } from 'zod';
import type { AccountRow } from './persistence/payment-accounts.sql.ts';

/** An account as its managers see it. */
export const shownAccount = (account: AccountRow): z.input<typeof PaymentAccount> => ({
  accountId: account.id,
  organisationId: account.organisationId,
  provider: account.provider,
  name: account.name,
  providerAccount: account.providerAccount,
  mode: account.publishableKey.startsWith('pk_live_') ? 'live' : 'test',
  publishableKey: account.publishableKey,
  isDefault: account.isDefault && account.closedAt === null,
  webhookPath: `/webhooks/${account.provider}/${account.id}`,
  hasWebhookSecret: account.webhookSecret !== null,
  previousWebhookSecretUntil: account.previousUntil,
  createdAt: account.createdAt,
  closedAt: account.closedAt,
});

/** What staff did with an account: its name, never its keys. */
export const accountAct = (action: string, { id, organisationId, name }: AccountRow, userId: string) => ({
  ...{ organisationId, eventId: null, userId, action, subject: id, reason: null, detail: name },
});
