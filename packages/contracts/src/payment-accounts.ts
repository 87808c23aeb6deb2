import { z } from 'zod';
import type { User } from './caller.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id, Instant, Text } from './values.ts';

const SigningSecret = z.string().regex(/^whsec_[\w+/=]{8,200}$/, 'A signing secret begins with whsec_.');

/** `secretKey` may be a restricted one ('rk_…') that may read the account and write payment intents and refunds. Test and live keys do not mix. */
export const PutPaymentAccount = z
  .object({
    organisationId: Id,
    provider: z.literal('stripe'),
    name: Text(80),
    secretKey: z.string().regex(/^(sk|rk)_(test|live)_\w{8,240}$/, 'A secret key begins with sk_test_, sk_live_, rk_test_ or rk_live_.'),
    publishableKey: z.string().regex(/^pk_(test|live)_\w{8,240}$/, 'A publishable key begins with pk_test_ or pk_live_.'),
    /** Known only after the address of the account's webhooks was given to the provider: see rotateWebhookSecret. */
    webhookSecret: SigningSecret.optional(),
    isDefault: z.boolean().default(true),
  })
  .refine(({ secretKey, publishableKey }) => secretKey.split('_')[1] === publishableKey.split('_')[1], {
    path: ['publishableKey'],
    error: 'One key is for tests and the other is live.',
  });
export const PaymentAccountRef = z.object({ accountId: Id });
export const RotateWebhookSecret = z.object({ accountId: Id, webhookSecret: SigningSecret });
export const ListPaymentAccounts = z.object({ organisationId: Id });

/** Never its secrets. */
export const PaymentAccount = z.object({
  accountId: Id,
  organisationId: Id,
  provider: z.literal('stripe'),
  name: z.string(),
  /** The account's own name at the provider: 'acct_…'. */
  providerAccount: z.string(),
  mode: z.enum(['test', 'live']),
  publishableKey: z.string(),
  /** Events that do not choose an account are paid through the default one. */
  isDefault: z.boolean(),
  /** Where the provider must send its webhooks, below the address of this API. */
  webhookPath: z.string(),
  hasWebhookSecret: z.boolean(),
  /** Until when the signing secret before this one is good as well. */
  previousWebhookSecretUntil: Instant.nullable(),
  createdAt: Instant,
  closedAt: Instant.nullable(),
});
export const PaymentAccountList = z.object({ accounts: z.array(PaymentAccount) });

/** An organisation's accounts at payment providers; managers only. */
export interface PaymentAccountService {
  /** Asks the provider whose key it is, then keeps it sealed. An account that is known already gets the new keys, also one that was closed. */
  putPaymentAccount: UseCase<typeof PutPaymentAccount, typeof PaymentAccount, User>;
  /** The secret before it stays good for 24 hours. */
  rotateWebhookSecret: UseCase<typeof RotateWebhookSecret, typeof PaymentAccount, User>;
  listPaymentAccounts: UseCase<typeof ListPaymentAccounts, typeof PaymentAccountList, User>;
  /** No new payments; those that are there go on, and can be refunded. A second call changes nothing. */
  closePaymentAccount: UseCase<typeof PaymentAccountRef, typeof PaymentAccount, User>;
}

const { refuses, user } = proceduresOver<{ payment: PaymentAccountService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const paymentAccountProcedures = {
  putPaymentAccount: user.meta(rest('PUT /organisations/{organisationId}/payment-accounts', "Keep an organisation's account at a payment provider"))
    .concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED', 'PAYMENT_ACCOUNTS_OFF', 'PROVIDER_UNREACHABLE', 'PROVIDER_KEY_REFUSED'))
    .input(PutPaymentAccount).output(PaymentAccount).mutation(({ ctx, input }) => ctx.payment.putPaymentAccount(input, ctx.caller)),
  rotateWebhookSecret: user.meta(rest('POST /payment-accounts/{accountId}/webhook-secret', 'Change the secret that webhooks are signed with'))
    .concat(refuses('PAYMENT_ACCOUNT_NOT_FOUND', 'ROLE_REQUIRED', 'PAYMENT_ACCOUNTS_OFF', 'PAYMENT_ACCOUNT_CLOSED'))
    .input(RotateWebhookSecret).output(PaymentAccount).mutation(({ ctx, input }) => ctx.payment.rotateWebhookSecret(input, ctx.caller)),
  listPaymentAccounts: user.meta(rest('GET /organisations/{organisationId}/payment-accounts', "An organisation's payment accounts"))
    .concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(ListPaymentAccounts).output(PaymentAccountList).query(({ ctx, input }) => ctx.payment.listPaymentAccounts(input, ctx.caller)),
  closePaymentAccount: user.meta(rest('POST /payment-accounts/{accountId}/close', 'Take no new payments through an account'))
    .concat(refuses('PAYMENT_ACCOUNT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(PaymentAccountRef).output(PaymentAccount).mutation(({ ctx, input }) => ctx.payment.closePaymentAccount(input, ctx.caller)),
};
