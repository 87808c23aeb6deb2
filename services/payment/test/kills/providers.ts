import { connect } from '@boxoffice/postgres';
import type { PaymentProvider } from '../../src/compose.ts';
import { chargeBook } from '../../src/provider/charge-book.ts';
import { connectStripe, type Stripe } from '../../src/provider/stripe/client.ts';
import { createStripeProvider } from '../../src/provider/stripe/stripe-provider.ts';
import { createTestProvider } from '../../src/provider/test-provider.ts';
import type { BankName } from '../banks.ts';

/** Where a provider and its books are found by a process of the kill matrix; `around` lets every call to the outside be counted. */
export interface Reach {
  databaseUrl: string;
  stripeUrl: string | undefined;
  around<P extends object>(port: P, names?: readonly string[]): P;
}

/** The provider of a bank of these tests, opened by a process of its own. */
export const openProvider = (bank: BankName, reach: Reach): Promise<PaymentProvider> => providers[bank](reach);

const providers: Record<BankName, (reach: Reach) => Promise<PaymentProvider>> = {
  test: async ({ databaseUrl: url, around }) => {
    const db = await connect({ url, entities: [], migrations: [], poolMax: 2, applicationName: 'test-provider' });
    return around(createTestProvider({ db, lateMs: 300 }));
  },
  // Here a question is several requests, with a commit of ours between two of them: each counts.
  stripe: async ({ databaseUrl: url, stripeUrl: apiUrl = '', around }) => {
    const db = await connect({ url, entities: [], migrations: [], poolMax: 2, applicationName: 'payment' });
    const client = connectStripe({ secretKey: 'sk_test_boxoffice', apiUrl }).then((stripe) => counted(stripe, around));
    return createStripeProvider({ connect: () => client, book: chargeBook(db) });
  },
};

/** Reading changes nothing; listing is no single request. */
function counted(stripe: Stripe, around: Reach['around']): Stripe {
  const paymentIntents = around(stripe.paymentIntents, ['create', 'confirm', 'capture', 'cancel', 'retrieve']);
  const refunds = around(stripe.refunds, ['create']);
  return new Proxy(stripe, {
    get: (target, name, receiver) =>
      name === 'paymentIntents' ? paymentIntents : name === 'refunds' ? refunds : Reflect.get(target, name, receiver),
  });
}
