import type { PaymentAccountService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import type { Job, Logger, Metrics, Route } from '@boxoffice/service-kit';
import type { z } from 'zod';
import type { ComposeConfig } from './config.ts';
import type { AccountDeps } from './deps.ts';
import { type HintDeps, hints } from './hints.ts';
import { type AccountRow, findAccount } from './persistence/payment-accounts.sql.ts';
import { type AccountFor, accountsFor } from './provider/account-for.ts';
import { accountSecrets } from './provider/account-secrets.ts';
import { chargeBook } from './provider/charge-book.ts';
import type { PaymentProvider, Providers } from './provider/provider.ts';
import { createProviders } from './provider/registry.ts';
import { connectStripe, type Stripe } from './provider/stripe/client.ts';
import { stripeOwnerOf } from './provider/stripe/owner-of.ts';
import { createStripeProvider } from './provider/stripe/stripe-provider.ts';
import { webhookRoutes } from './routes.ts';
import { closePaymentAccount } from './use-cases/close-payment-account.ts';
import { listPaymentAccounts } from './use-cases/list-payment-accounts.ts';
import { putPaymentAccount } from './use-cases/put-payment-account.ts';
import { rotateWebhookSecret } from './use-cases/rotate-webhook-secret.ts';

type Config = z.output<typeof ComposeConfig>;

/** Payment accounts and the providers behind them, as the rest of the service needs them. */
export interface Accounts {
  api: PaymentAccountService;
  providers: Providers;
  accountFor: AccountFor;
  /** Webhooks, once there is somebody to follow their hints. */
  webhooks(following: Omit<HintDeps, 'db' | 'providers' | 'leaseMs' | 'providerDeadlineMs'>): { routes: Route[]; jobs: Job[]; idle(): Promise<void> };
}

/** `own`: the installation's own providers, asked about payments without an account (or, for tests, instead of all accounts of that name). */
export function accountsOver(config: Config, edges: { db: Database; own: readonly PaymentProvider[]; logger: Logger; metrics: Metrics }): Accounts {
  const { db, own, metrics } = edges;
  const secrets = accountSecrets(config);
  const { accountFor, forget } = accountsFor({ db, testProvider: config.TEST_PROVIDER === 'on' });
  const book = chargeBook(db);
  const open = (account: AccountRow) => {
    let connected: Promise<Stripe> | undefined;
    const connect = () => (connected ??= connectStripe({ secretKey: secrets.secretKeyOf(account), apiUrl: config.STRIPE_API_URL }));
    return createStripeProvider({ connect, book });
  };
  const providers = createProviders({ own, findAccount: (id) => findAccount(db, id), open, metrics });
  return {
    api: apiOver({ db, secrets, ownerOf: stripeOwnerOf(config.STRIPE_API_URL), changed: forget }),
    providers,
    accountFor,
    webhooks(following) {
      const limits = { leaseMs: config.DRIVER_LEASE_MS, providerDeadlineMs: config.PROVIDER_DEADLINE_MS };
      const { hinted, followNews, idle } = hints({ db, providers, ...limits, ...following });
      const routes = webhookRoutes({ db, secrets, testSecret: config.TEST_PROVIDER_WEBHOOK_SECRET, hinted }, metrics);
      return { routes, jobs: [{ name: 'follow-payment-news', everyMs: config.RECONCILE_EVERY_MS, run: followNews }], idle };
    },
  };
}

const apiOver = (deps: AccountDeps): PaymentAccountService => ({
  putPaymentAccount: putPaymentAccount(deps),
  rotateWebhookSecret: rotateWebhookSecret(deps),
  listPaymentAccounts: listPaymentAccounts(deps),
  closePaymentAccount: closePaymentAccount(deps),
});
