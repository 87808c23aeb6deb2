import { randomUUID } from 'node:crypto';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountProcess, type AccountStage, accountStage, customerOf, publishableKey, returnUrl, secretKey } from '../../test/accounts.ts';
import { organisationId } from '../../test/booking-peer.ts';
import { refusalOf } from '../../test/stage.ts';

let stage: AccountStage;
let one: AccountProcess;
let two: AccountProcess;
beforeAll(async () => {
  stage = await accountStage();
  one = await stage.process();
  two = await stage.process();
});
afterAll(() => stage.close());

const account = { organisationId, provider: 'stripe', name: 'Main', secretKey, publishableKey, isDefault: true } as const;
const put = (change = {}, who = stage.manager, at = one) => at.payment.putPaymentAccount({ ...account, ...change }, who);
const rows = () => stage.db.query<Record<string, unknown>>('SELECT * FROM payment_accounts ORDER BY created_at');
const member = (role: 'owner' | 'manager' | 'box-office' | 'door', of = organisationId) => asMember({ organisationId: of, role });

describe('before there is an account', () => {
  it('payments go through the test provider, unless it is off: then nobody takes money', async () => {
    const { paymentId } = await customerOf(stage, one.payment);
    expect(await stage.db.query('SELECT provider, account_id FROM transactions WHERE id = $1', [paymentId])).toEqual([
      { provider: 'test', account_id: null },
    ]);
    const off = await stage.process({ TEST_PROVIDER: 'off' });
    const me = asUser();
    const reservationId = await stage.booking.hold(me.actor.userId);
    expect(await refusalOf(off.payment.createPayment({ reservationId }, me))).toEqual({ code: 'PAYMENTS_NOT_SET_UP', details: {} });
  });
});

describe('an account', () => {
  it.each([
    ['a stranger', () => member('owner', randomUUID()), { code: 'ORGANISATION_NOT_FOUND' }],
    ['a customer', () => asUser(), { code: 'ORGANISATION_NOT_FOUND' }],
    ['box-office staff', () => member('box-office'), { code: 'ROLE_REQUIRED', details: { role: 'manager' } }],
    ['door staff', () => member('door'), { code: 'ROLE_REQUIRED' }],
  ])('is none of the business of %s', async (_, who, no) => {
    expect(await refusalOf(put({}, who()))).toMatchObject(no);
    expect(await refusalOf(one.payment.listPaymentAccounts({ organisationId }, who()))).toMatchObject(no);
    expect(await rows()).toEqual([]);
  });

  it('whose key Stripe refuses, or that cannot be asked about, is not kept', async () => {
    expect(await refusalOf(put({ secretKey: 'sk_test_revoked_key' }))).toEqual({ code: 'PROVIDER_KEY_REFUSED', details: {} });
    stage.stripe.down(500);
    expect(await refusalOf(put())).toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
    stage.stripe.down(undefined);
    const blind = await stage.process({ PAYMENT_SECRETS_KEYS: undefined, PAYMENT_SECRETS_KEY_ID: undefined });
    const asked = stage.stripe.requests.length;
    expect(await refusalOf(put({}, stage.manager, blind))).toEqual({ code: 'PAYMENT_ACCOUNTS_OFF', details: {} });
    expect([stage.stripe.requests.length, await rows()]).toEqual([asked, []]);
    await expect(stage.process({ PAYMENT_SECRETS_KEY_ID: undefined })).rejects.toThrow(
      'PAYMENT_SECRETS_KEYS and PAYMENT_SECRETS_KEY_ID belong together',
    );
    await expect(stage.process({ PAYMENT_SECRETS_KEY_ID: 'k9' })).rejects.toThrow(
      "PAYMENT_SECRETS_KEY_ID names 'k9', which is not in PAYMENT_SECRETS_KEYS",
    );
  });

  it('is kept with its secrets sealed, and shown without them', async () => {
    const shown = await put({ webhookSecret: 'whsec_first_secret' }, member('owner'));
    expect(shown).toMatchObject({
      ...{ organisationId, provider: 'stripe', providerAccount: 'acct_boxoffice', name: 'Main', mode: 'test', publishableKey, isDefault: true },
      ...{ webhookPath: `/webhooks/stripe/${shown.accountId}`, hasWebhookSecret: true, previousWebhookSecretUntil: null, closedAt: null },
    });
    const { accounts } = await one.payment.listPaymentAccounts({ organisationId }, stage.manager);
    expect(accounts).toEqual([shown]);
    const [kept] = await stage.db.query<{ text: string }>('SELECT a::text AS text FROM payment_accounts a');
    const bytes = (await rows())
      .flatMap((row) => Object.values(row).filter((value): value is Buffer => Buffer.isBuffer(value)))
      .map((b) => b.toString('latin1'));
    for (const secret of [secretKey, 'whsec_first_secret']) expect(JSON.stringify([shown, accounts, kept, bytes])).not.toContain(secret);
  });

  it('put again by many at once is the same account with the new keys; another account of the same organisation is another', async () => {
    stage.stripe.accounts.set('sk_test_second_key', 'acct_boxoffice');
    const [before] = (await one.payment.listPaymentAccounts({ organisationId }, stage.manager)).accounts;
    const puts = await Promise.all(
      Array.from({ length: 6 }, (_, n) => put({ secretKey: 'sk_test_second_key', name: `Name ${n}` }, stage.manager, n % 2 ? one : two)),
    );
    for (const { accountId } of puts) expect(accountId).toBe(before?.accountId);
    expect(await rows()).toMatchObject([{ revision: 8, is_default: true }]);
  });

  it('takes the payments of its organisation: a customer pays through it, and no other process needs to be told', async () => {
    const { me, paymentId, reservationId } = await customerOf(stage, two.payment);
    const paid = await two.payment.confirmPayment({ paymentId, paymentMethodId: 'pm_card_visa', returnUrl }, me);
    expect(paid).toMatchObject({ status: 'CONFIRMED', waitingFor: null, actionUrl: null });
    expect(await stage.booking.soldTo(reservationId)).toBe(paymentId);
    expect([...stage.stripe.intents.values()].filter(({ metadata }) => metadata.paymentId === paymentId)).toMatchObject([
      { status: 'succeeded', amount_received: 3000 },
    ]);
  });

  it('whose key was changed answers with the new one from the next question on; a process without keys leaves the payment for another', async () => {
    const { me, paymentId } = await customerOf(stage, one.payment);
    stage.stripe.accounts.delete('sk_test_second_key');
    stage.stripe.accounts.set('sk_test_third_key', 'acct_boxoffice');
    await put({ secretKey: 'sk_test_third_key' }, stage.manager, two);
    const blind = await stage.process({ PAYMENT_SECRETS_KEYS: undefined, PAYMENT_SECRETS_KEY_ID: undefined });
    expect(await blind.payment.confirmPayment({ paymentId, paymentMethodId: 'pm_card_visa', returnUrl }, me)).toMatchObject({
      status: 'PENDING',
      waitingFor: 'provider',
    });
    expect(blind.log()).toContain('PAYMENT_SECRETS_KEYS and PAYMENT_SECRETS_KEY_ID are missing');
    await stage.db.query('UPDATE transactions SET next_check_at = now() WHERE id = $1', [paymentId]);
    await one.run('reconcile-payments');
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'CONFIRMED' });
    stage.stripe.accounts.set(secretKey, 'acct_boxoffice');
  });

  it('is one default at most; the last one put is it', async () => {
    stage.stripe.accounts.clear();
    stage.stripe.accounts.set('sk_test_other_account', 'acct_other');
    const other = await put({ secretKey: 'sk_test_other_account', name: 'Other' });
    const { accounts } = await one.payment.listPaymentAccounts({ organisationId }, stage.manager);
    expect(accounts.map(({ providerAccount, isDefault }) => [providerAccount, isDefault])).toEqual([
      ['acct_other', true],
      ['acct_boxoffice', false],
    ]);
    await one.payment.closePaymentAccount({ accountId: other.accountId }, stage.manager);
  });

  it('refuses a currency its provider does not take, before anything is written', async () => {
    stage.stripe.accounts.set(secretKey, 'acct_boxoffice');
    await put();
    const { beginPayment } = stage.booking.implementation;
    stage.booking.implementation.beginPayment = async (...call) => ({ ...(await beginPayment(...call)), currency: 'IQD' });
    const me = asUser();
    const reservationId = await stage.booking.hold(me.actor.userId);
    const no = await refusalOf(one.payment.createPayment({ reservationId }, me));
    stage.booking.implementation.beginPayment = beginPayment;
    expect(no).toEqual({ code: 'CURRENCY_NOT_SUPPORTED', details: { provider: 'stripe', currency: 'IQD' } });
    expect(await stage.db.query('SELECT 1 FROM transactions WHERE reservation_id = $1', [reservationId])).toEqual([]);
  });
});

describe('the signing secret', () => {
  const mine = async () => (await rows()).find(({ provider_account }) => provider_account === 'acct_boxoffice') ?? expect.fail();
  const rotate = (webhookSecret: string, who = stage.manager, accountId?: string) =>
    mine().then(({ id }) => one.payment.rotateWebhookSecret({ accountId: accountId ?? String(id), webhookSecret }, who));

  it('is changed by managers of its organisation only', async () => {
    const before = await mine();
    expect(await refusalOf(rotate('whsec_evil_secret', member('owner', randomUUID())))).toMatchObject({ code: 'PAYMENT_ACCOUNT_NOT_FOUND' });
    expect(await refusalOf(rotate('whsec_evil_secret', member('box-office')))).toMatchObject({ code: 'ROLE_REQUIRED' });
    expect(await refusalOf(rotate('whsec_evil_secret', stage.manager, randomUUID()))).toMatchObject({ code: 'PAYMENT_ACCOUNT_NOT_FOUND' });
    expect(await mine()).toEqual(before);
  });

  it('stays good for a day after the next one came; the same one again changes nothing', async () => {
    const first = await rotate('whsec_second_secret');
    const until = Date.parse(String(first.previousWebhookSecretUntil)) || Number(first.previousWebhookSecretUntil);
    expect(Math.abs(until - Date.now() - 86_400_000)).toBeLessThan(60_000);
    const kept = await mine();
    await rotate('whsec_second_secret');
    expect(await mine()).toEqual(kept);
  });
});

describe('a closed account', () => {
  it('is closed by managers of its organisation only', async () => {
    const [{ id } = { id: '' }] = await rows();
    const close = (who: typeof stage.manager) => one.payment.closePaymentAccount({ accountId: String(id) }, who);
    expect(await refusalOf(close(member('owner', randomUUID())))).toMatchObject({ code: 'PAYMENT_ACCOUNT_NOT_FOUND' });
    expect(await refusalOf(close(member('door')))).toMatchObject({ code: 'ROLE_REQUIRED' });
  });

  it('ends what it has begun, takes nothing new – and nobody else takes it instead', async () => {
    const { me, paymentId } = await customerOf(stage, one.payment);
    const { accounts } = await one.payment.listPaymentAccounts({ organisationId }, stage.manager);
    const { accountId } = accounts.find(({ isDefault }) => isDefault) ?? expect.fail();
    const closed = await one.payment.closePaymentAccount({ accountId }, stage.manager);
    expect(closed).toMatchObject({ isDefault: false });
    expect(await one.payment.closePaymentAccount({ accountId }, stage.manager)).toEqual(closed);
    expect(await one.payment.confirmPayment({ paymentId, paymentMethodId: 'pm_card_visa', returnUrl }, me)).toMatchObject({ status: 'CONFIRMED' });
    const other = asUser();
    const reservationId = await stage.booking.hold(other.actor.userId);
    // Not the test provider: whoever closes his account must not give tickets away.
    expect(await refusalOf(one.payment.createPayment({ reservationId }, other))).toEqual({ code: 'PAYMENTS_NOT_SET_UP', details: {} });
    expect(await refusalOf(one.payment.rotateWebhookSecret({ accountId, webhookSecret: 'whsec_third_secret' }, stage.manager))).toMatchObject({
      code: 'PAYMENT_ACCOUNT_CLOSED',
    });
  });
});

it('no key and no signing secret was logged, at any level, by any process', () => {
  const all = [one, two].map((process) => process.log()).join('');
  expect(all.length).toBeGreaterThan(100);
  expect(all).not.toMatch(/sk_test_|rk_test_|whsec_/);
});
