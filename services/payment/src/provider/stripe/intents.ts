import type { ProviderAnswer } from '../../domain/payment.ts';
import type { ChargeBook } from '../charge-book.ts';
import { answerOf, type Intent } from './answers.ts';
import type { Stripe } from './client.ts';
import { stripeMoneyOf } from './currencies.ts';
import { failureOf } from './faults.ts';

/** How Stripe is reached for one question of ours. `timeout`: milliseconds left of its deadline. */
export interface Way {
  stripe: Stripe;
  book: ChargeBook;
  timeout(): number;
}

/** The intent of a charge that was opened; undefined while nobody has confirmed it, for it is written down before. */
export const knownIntentOf = async ({ book }: Way, charge: string): Promise<string | undefined> => (await book.find(charge))?.reference ?? undefined;

/** The intent of a charge, opened unless somebody has; undefined when Stripe will never open one. Throws when it is not known whether. */
export async function intentOf(way: Way, { charge, amountMinor, currency }: { charge: string; amountMinor: number; currency: string }) {
  const known = await knownIntentOf(way, charge);
  if (known !== undefined) return known;
  const params: Stripe.PaymentIntentCreateParams = {
    ...stripeMoneyOf({ amountMinor, currency }),
    capture_method: 'manual',
    allowed_payment_method_types: ['card'], // what wallets deliver is a card as well
    metadata: { charge, paymentId: way.book.paymentIdOf(charge) },
  };
  try {
    const { id } = await way.stripe.paymentIntents.create(params, options(way, `${charge}:intent`));
    return await way.book.note(charge, id);
  } catch (error) {
    const { kind, fault } = failureOf(error);
    if (kind !== 'no') throw fault;
    return undefined;
  }
}

export const retrieveIntent = async (way: Way, id: string): Promise<Intent> => {
  try {
    return await way.stripe.paymentIntents.retrieve(id, {}, { timeout: way.timeout() });
  } catch (error) {
    throw failureOf(error).fault;
  }
};

const options = (way: Way, idempotencyKey: string) => ({ idempotencyKey, timeout: way.timeout() });
type Options = ReturnType<typeof options>;

/**
 * A request under its key, answered with the intent as it is now. A fault that Stripe repeats for this key (it keeps those, too) is asked for under one more
 * key: the intent's state keeps it from happening twice. Throws what the library throws.
 */
export async function keyed(
  way: Way,
  { key, id }: { key: string; id: string },
  send: (options: Options) => Promise<Stripe.Response<Stripe.PaymentIntent>>,
): Promise<Intent> {
  let sent: Stripe.Response<Stripe.PaymentIntent>;
  try {
    sent = await send(options(way, key));
  } catch (error) {
    const { kind, isReplay } = failureOf(error);
    if (kind !== 'fault' || !isReplay) throw error;
    sent = await send(options(way, `${key}:again`));
  }
  return sent.lastResponse.headers['idempotent-replayed'] === 'true' ? retrieveIntent(way, id) : sent;
}

/** Lets the money go. `approved`: none is, or ever will be, held or taken under this intent. */
export async function cancelIntent(way: Way, { key, id }: { key: string; id: string }): Promise<ProviderAnswer> {
  let now: Intent;
  try {
    now = await keyed(way, { key, id }, (sent) => way.stripe.paymentIntents.cancel(id, {}, sent));
  } catch (error) {
    const { kind, fault } = failureOf(error);
    if (kind !== 'no') throw fault;
    now = await retrieveIntent(way, id);
  }
  if (now.status === 'canceled') return { kind: 'approved', reference: id };
  if (now.status === 'succeeded') return { kind: 'declined', reason: 'captured-already' };
  return answerOf(now).kind === 'pending' ? { kind: 'pending' } : { kind: 'unknown' };
}

/** The refund of this intent that was asked for under this key. */
export async function findRefund({ stripe, timeout }: Way, intent: string, key: string): Promise<Stripe.Refund | undefined> {
  try {
    for await (const refund of stripe.refunds.list({ payment_intent: intent, limit: 100 }, { timeout: timeout() }))
      if (refund.metadata?.key === key) return refund;
    return undefined;
  } catch (error) {
    throw failureOf(error).fault;
  }
}
