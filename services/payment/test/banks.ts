import type { ConfirmPayment } from '@boxoffice/contracts';
import { connect, type Database } from '@boxoffice/postgres';
import { eventually, type StripeServer, startStripeServer, stripeMethods } from '@boxoffice/testing';
import { expect } from 'vitest';
import type { z } from 'zod';
import { chargeBook } from '../src/provider/charge-book.ts';
import type { PaymentProvider } from '../src/provider/provider.ts';
import { connectStripe } from '../src/provider/stripe/client.ts';
import { createStripeProvider } from '../src/provider/stripe/stripe-provider.ts';
import { createTestProvider } from '../src/provider/test-provider.ts';
import { organisationId } from './booking-peer.ts';
import { type ChargeRow, chargeOf } from './books.ts';
import { cards } from './cards.ts';

/** The outside world that a stage's payments are paid in. */
export interface Bank {
  provider: PaymentProvider;
  /** Where it answers, for a process of its own. */
  url?: string;
  /** What a customer sends who pays with this card, or with what behaves the same here. */
  paying(card: string): Omit<z.input<typeof ConfirmPayment>, 'paymentId'>;
  /** Whether an authorisation that never arrived can be sent by somebody who is not the customer. */
  sendsAgain: boolean;
  chargeOf(paymentId: string): Promise<ChargeRow | undefined>;
  /** What waits for the bank's own time is decided. */
  decideLate(): Promise<void>;
  close(): Promise<void>;
}
export type BankName = 'test' | 'stripe';

export const openBank = (name: BankName, db: Database): Promise<Bank> => (name === 'test' ? testBank(db) : stripeBank(db));

async function testBank(db: Database): Promise<Bank> {
  const books = await connect({ url: db.url, entities: [], migrations: [], poolMax: 4 });
  return {
    provider: createTestProvider({ db: books, lateMs: 300 }),
    paying: (card) => ({ card }),
    sendsAgain: false,
    chargeOf: (paymentId) => chargeOf(db, paymentId),
    decideLate: async () => {
      const pending = `SELECT 1 FROM test_provider_charges WHERE status = 'pending' AND approve_at > statement_timestamp()`;
      await eventually(async () => expect(await db.query(pending)).toEqual([]));
    },
    close: () => books.close(),
  };
}

const returnUrl = 'https://tickets.example/paid';

async function stripeBank(db: Database): Promise<Bank & { stripe: StripeServer }> {
  const stripe = await startStripeServer();
  const books = await connect({ url: db.url, entities: [], migrations: [], poolMax: 4 });
  const client = connectStripe({ secretKey: 'sk_test_boxoffice', apiUrl: stripe.url });
  await db.query(
    `INSERT INTO payment_accounts (id, organisation_id, provider, provider_account, name, publishable_key, secret_key, secret_key_id, is_default)
     VALUES (gen_random_uuid(), $1, 'stripe', 'acct_boxoffice', 'Stripe', 'pk_test_boxoffice', '', '', true)`,
    [organisationId],
  );
  const methods = new Map(Object.entries(cards).map(([kind, card]) => [card, stripeMethods[kind as keyof typeof cards]]));
  return {
    stripe,
    url: stripe.url,
    provider: createStripeProvider({ connect: () => client, book: chargeBook(books) }),
    paying: (card) => ({ paymentMethodId: methods.get(card) ?? 'pm_nobody', returnUrl }),
    sendsAgain: true,
    chargeOf: async (paymentId) => stripeChargeOf(stripe, paymentId),
    decideLate: async () => stripe.decideLate(),
    close: async () => {
      await stripe.close();
      await books.close();
    },
  };
}

/** An intent in the test provider's words. */
export function stripeChargeOf({ intents, refunds }: StripeServer, paymentId: string): ChargeRow | undefined {
  const [intent, second] = [...intents.values()].filter(({ metadata }) => metadata.paymentId === paymentId);
  if (second) throw new Error(`payment ${paymentId} has two intents`);
  if (!intent) return undefined;
  const back = refunds.filter((refund) => refund.payment_intent === intent.id && refund.status === 'succeeded');
  const isRefunded = intent.status === 'succeeded' && back.reduce((sum, refund) => sum + refund.amount, 0) === intent.amount_received;
  const status = isRefunded ? 'refunded' : intent.last_payment_error ? 'declined' : (words[intent.status] ?? intent.status);
  return { status, amount_minor: intent.amount, card_last4: '', capture_key: null };
}

const words: Record<string, string> = {
  succeeded: 'captured',
  requires_capture: 'authorised',
  canceled: 'voided',
  processing: 'pending',
  requires_action: 'pending',
};
