import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { checkWebhook, signWebhook } from './webhook-signature.ts';

const now = new Date('2027-01-01T12:00:00.500Z');
const body = Buffer.from('{"id":"evt_1","café":"é"}');
const secret = 'whsec_one';
const check = (header: string | undefined, change: { body?: Buffer; secrets?: string[]; now?: Date } = {}) =>
  checkWebhook(header, { body, secrets: [secret], now, ...change });
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

it("is what Stripe's own library writes and reads", () => {
  const own = Stripe.webhooks.generateTestHeaderString({ payload: body.toString(), secret, timestamp: Math.floor(now.getTime() / 1_000) });
  expect(signWebhook(secret, body, now)).toBe(own);
  expect(check(own)).toBe('good');
  const fresh = signWebhook(secret, body, new Date());
  expect(Stripe.webhooks.constructEvent(body, fresh, secret)).toMatchObject({ id: 'evt_1' });
});

it('is good under any of the secrets, and under one of several signatures', () => {
  const header = signWebhook(secret, body, now);
  expect(check(header, { secrets: ['whsec_new', secret] })).toBe('good');
  expect(check(`${header},v1=${'0'.repeat(64)},v0=abc`)).toBe('good');
});

it.each([
  ['nothing', undefined],
  ['an empty header', ''],
  ['no time', `v1=${'0'.repeat(64)}`],
  ['no signature', 't=1798804800'],
  ['a short signature', 't=1798804800,v1=00'],
  ['text', 'hello'],
])('%s is forged', (_, header) => expect(check(header)).toBe('forged'));

it('one changed byte of the body, another secret or another time is forged', () => {
  const header = signWebhook(secret, body, now);
  expect(check(header, { body: Buffer.from(body).fill('x', 3, 4) })).toBe('forged');
  expect(check(header, { secrets: ['whsec_other'] })).toBe('forged');
  expect(check(header, { secrets: [] })).toBe('forged');
  expect(check(header.replace(/t=\d+/, 't=1798804801'))).toBe('forged');
});

it('is too old or too early outside of five minutes', () => {
  const header = signWebhook(secret, body, now);
  for (const seconds of [299, -299]) expect(check(header, { now: later(seconds) })).toBe('good');
  for (const seconds of [302, -302]) expect(check(header, { now: later(seconds) })).toBe('old');
});
