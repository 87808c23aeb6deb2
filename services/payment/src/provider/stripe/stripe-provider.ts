import { Refusal } from '@boxoffice/contracts';
import type { ProviderAnswer } from '../../domain/payment.ts';
import type { ChargeBook } from '../charge-book.ts';
import type { PaymentProvider } from '../provider.ts';
import { answerOf, refundAnswerOf } from './answers.ts';
import type { Stripe } from './client.ts';
import { stripeAmountOf, stripeMoneyOf } from './currencies.ts';
import { failureOf } from './faults.ts';
import { cancelIntent, findRefund, intentOf, keyed, knownIntentOf, retrieveIntent, type Way } from './intents.ts';
import { movementsBetween } from './movements.ts';

/**
 * One account at Stripe. A charge is a payment intent that is opened unconfirmed under a key everybody knows, written down, and only then confirmed: whoever
 * comes later finds it. What a repeated request is answered is never believed to be the present: Stripe repeats what it said the first time.
 */
export function createStripeProvider({ connect, book }: { connect: () => Promise<Stripe>; book: ChargeBook }): PaymentProvider {
  const wayOf = async (deadlineMs: number): Promise<Way> => {
    const until = performance.now() + deadlineMs;
    return { stripe: await connect(), book, timeout: () => Math.max(1, Math.ceil(until - performance.now())) };
  };
  return {
    name: 'stripe',
    refuseUnknownMethod({ card, paymentMethodId }) {
      if (card !== undefined) throw new Refusal('PAYMENT_METHOD_NOT_ACCEPTED', { provider: 'stripe' });
      if (paymentMethodId === undefined) throw new Refusal('PAYMENT_METHOD_MISSING', {});
    },
    authorise: async (request) => authorise(await wayOf(request.deadlineMs), request),
    capture: async (request) => capture(await wayOf(request.deadlineMs), request),
    void: async (request) => closeCharge(await wayOf(request.deadlineMs), request),
    refund: async (request) => refund(await wayOf(request.deadlineMs), request),
    async lookUpRefund({ key, charge, deadlineMs }) {
      const way = await wayOf(deadlineMs);
      const intent = await knownIntentOf(way, charge);
      const found = intent === undefined ? undefined : await findRefund(way, intent, key);
      return found && intent ? refundAnswerOf(found, intent) : { kind: 'absent' };
    },
    async lookUp({ charge, deadlineMs }) {
      const way = await wayOf(deadlineMs);
      const intent = await knownIntentOf(way, charge);
      return intent === undefined ? { kind: 'absent' } : answerOf(await retrieveIntent(way, intent));
    },
    list: async (span) => movementsBetween(await connect(), span),
  };
}

type Asked<Name extends 'authorise' | 'capture' | 'void' | 'refund'> = Parameters<PaymentProvider[Name]>[0];

async function authorise(way: Way, { key, payWith, amountMinor, currency }: Asked<'authorise'>): Promise<ProviderAnswer> {
  const { paymentMethodId, returnUrl } = payWith;
  if (paymentMethodId === undefined) throw new Error('a payment at Stripe needs a payment method');
  const id = await intentOf(way, { charge: key, amountMinor, currency });
  if (id === undefined) return { kind: 'declined', reason: 'card-declined' };
  const params = { payment_method: paymentMethodId, ...(returnUrl !== undefined && { return_url: returnUrl }) };
  try {
    return answerOf(await keyed(way, { key, id }, (options) => way.stripe.paymentIntents.confirm(id, params, options)));
  } catch (error) {
    const { kind, fault } = failureOf(error);
    if (kind !== 'no') throw fault;
  }
  const now = answerOf(await retrieveIntent(way, id));
  if (now.kind !== 'absent') return now;
  // Refused before it was tried (no such method): closed first, so that nobody confirms it later behind this no.
  const closed = await cancelIntent(way, { key: `${key}:close`, id });
  return closed.kind === 'approved' ? { kind: 'declined', reason: 'card-declined' } : closed;
}

async function capture(way: Way, { key, charge, amountMinor, currency }: Asked<'capture'>): Promise<ProviderAnswer> {
  const id = await knownIntentOf(way, charge);
  if (id === undefined) return { kind: 'declined', reason: 'card-declined' };
  const { amount } = stripeMoneyOf({ amountMinor, currency });
  try {
    return captured(await keyed(way, { key, id }, (options) => way.stripe.paymentIntents.capture(id, { amount_to_capture: amount }, options)));
  } catch (error) {
    const { kind, fault } = failureOf(error);
    if (kind !== 'no') throw fault;
  }
  // Nobody but this payment captures it: an intent that has succeeded is ours.
  const now = await retrieveIntent(way, id);
  return now.status === 'requires_capture' ? { kind: 'declined', reason: 'card-declined' } : captured(now);
}

function captured(intent: Parameters<typeof answerOf>[0]): ProviderAnswer {
  if (intent.status === 'succeeded') return answerOf(intent);
  if (intent.status === 'processing') return { kind: 'pending' };
  return intent.status === 'canceled' ? { kind: 'declined', reason: 'voided' } : { kind: 'unknown' };
}

/** Opens the intent when nobody has, to close it: a confirm that still travels finds it so. */
async function closeCharge(way: Way, { key, charge }: Asked<'void'>): Promise<ProviderAnswer> {
  const facts = await way.book.find(charge);
  if (!facts) return { kind: 'unknown' };
  const id = facts.reference ?? (await intentOf(way, { charge, ...facts }));
  return id === undefined ? { kind: 'approved' } : cancelIntent(way, { key, id });
}

/** Looked for first: Stripe forgets keys after a day or more, and money must not go back twice. */
async function refund(way: Way, { key, charge, amountMinor, currency }: Asked<'refund'>): Promise<ProviderAnswer> {
  const id = await knownIntentOf(way, charge);
  if (id === undefined) return { kind: 'declined', reason: 'card-declined' };
  const earlier = await findRefund(way, id, key);
  if (earlier) return refundAnswerOf(earlier, id);
  const amount = stripeAmountOf({ amountMinor, currency });
  if (amount === undefined) return { kind: 'declined', reason: 'card-declined' }; // a part that this currency does not have
  try {
    const params = { payment_intent: id, amount, metadata: { key, charge } };
    return refundAnswerOf(await way.stripe.refunds.create(params, { idempotencyKey: key, timeout: way.timeout() }), id);
  } catch (error) {
    const { kind, fault } = failureOf(error);
    if (kind !== 'no') throw fault;
    return { kind: 'declined', reason: 'card-declined' };
  }
}
