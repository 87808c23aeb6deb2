import { randomUUID } from 'node:crypto';
import { eventually } from '@boxoffice/testing';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AccountProcess, type AccountStage, accountStage, customerOf, publishableKey, returnUrl, secretKey } from './accounts.ts';
import { stripeChargeOf } from './banks.ts';
import { organisationId } from './booking-peer.ts';
import { expectSound } from './books.ts';

export const first = 'whsec_first_secret';
export const second = 'whsec_second_secret';
export const testSecret = 'test-provider-secret';
export let stage: AccountStage;
export let one: AccountProcess;
export let accountId: string;
/** Where Stripe sends the account's webhooks. */
export let address: string;

/** For the tests of this file: one process, one account at Stripe with the signing secret `first`. */
export function openAccount(): void {
  beforeAll(async () => {
    stage = await accountStage();
    one = await stage.process({ TEST_PROVIDER_WEBHOOK_SECRET: testSecret });
    const account = { organisationId, provider: 'stripe', name: 'Main', secretKey, publishableKey, webhookSecret: first, isDefault: true } as const;
    ({ accountId } = await one.payment.putPaymentAccount(account, stage.manager));
    address = `/webhooks/stripe/${accountId}`;
  });
  afterAll(() => stage.close());
}

export const eventOf = (paymentId: string, change: object = {}) =>
  JSON.stringify({
    ...{ id: `evt_${randomUUID()}`, object: 'event', type: 'payment_intent.amount_capturable_updated' },
    data: { object: { object: 'payment_intent', metadata: { charge: `${paymentId}:authorising`, paymentId } } },
    ...change,
  });
export const signedBy = (secret: string, payload: string, at = Date.now()) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(at / 1000) });
export const post = async (path: string, body: string, headers: Record<string, string> = {}, base = one.url) => {
  const answer = await fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body });
  return { status: answer.status, text: await answer.text() };
};
export const send = (body: string, secret = first) => post(address, body, { 'stripe-signature': signedBy(secret, body) });
export const events = () =>
  stage.db.query<{ event_id: string; payment_id: string | null }>('SELECT event_id, payment_id FROM provider_events ORDER BY id');
export const counted = async (outcome: string, provider = 'stripe') =>
  Number(new RegExp(`boxoffice_webhooks_total\\{provider="${provider}",outcome="${outcome}"\\} (\\d+)`).exec(await one.metrics.text())?.[1] ?? 0);
export const rowOf = async (paymentId: string) =>
  (
    await stage.db.query<{ status: string; step: string; due: boolean }>(
      'SELECT status, step, next_check_at <= now() AS due FROM transactions WHERE id = $1',
      [paymentId],
    )
  )[0];

/** A payment that waits for the customer's bank, and would not be looked at for an hour: only news brings an answer in time. */
export async function challenged() {
  const sale = await customerOf(stage, one.payment);
  const paying = { paymentId: sale.paymentId, paymentMethodId: 'pm_card_threeDSecure2Required', returnUrl };
  const pending = await one.payment.confirmPayment(paying, sale.me);
  const intent = [...stage.stripe.intents.values()].find(({ metadata }) => metadata.paymentId === sale.paymentId) ?? expect.fail('no intent');
  await stage.db.query(`UPDATE transactions SET next_check_at = now() + interval '1 hour' WHERE id = $1`, [sale.paymentId]);
  return { ...sale, paying, pending, intent };
}
export const decided = (paymentId: string, status: string) => eventually(async () => expect(await rowOf(paymentId)).toMatchObject({ status }));
export const sound = (sale: { paymentId: string; reservationId: string }) =>
  expectSound(stage.db, stage.booking, sale, { chargeOf: async (id) => stripeChargeOf(stage.stripe, id) });
