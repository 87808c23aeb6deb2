import { describe, expect, it } from 'vitest';
import { answerOf, refundAnswerOf } from './answers.ts';
import { failureOf, StripeFault } from './faults.ts';

const error = (code: string, decline_code?: string) => ({ code, ...(decline_code !== undefined && { decline_code }) });
const url = 'https://hooks.stripe.com/3d';

describe('an intent that', () => {
  it.each([
    ['requires_capture', {}, { kind: 'approved', reference: 'pi_1', captured: false }],
    ['succeeded', {}, { kind: 'approved', reference: 'pi_1', captured: true }],
    ['processing', {}, { kind: 'pending' }],
    ['requires_action', { next_action: { type: 'redirect_to_url', redirect_to_url: { url } } }, { kind: 'pending', actionUrl: url }],
    ['requires_action', { next_action: { type: 'use_stripe_sdk' } }, { kind: 'pending', actionUrl: undefined }],
    ['requires_payment_method', { last_payment_error: null }, { kind: 'absent' }],
    ['requires_confirmation', {}, { kind: 'absent' }],
    [
      'requires_payment_method',
      { last_payment_error: error('card_declined', 'insufficient_funds') },
      { kind: 'declined', reason: 'insufficient-funds' },
    ],
    ['requires_payment_method', { last_payment_error: error('card_declined', 'lost_card') }, { kind: 'declined', reason: 'card-declined' }],
    [
      'requires_payment_method',
      { last_payment_error: error('payment_intent_authentication_failure') },
      { kind: 'declined', reason: 'card-declined' },
    ],
    ['canceled', {}, { kind: 'declined', reason: 'voided' }],
    ['something_new', {}, { kind: 'unknown' }],
  ])('%s %o is %o', (status, more, answer) => expect(answerOf({ id: 'pi_1', status, ...more })).toEqual(answer));
});

it.each([
  ['succeeded', 'approved'],
  ['pending', 'pending'],
  ['requires_action', 'pending'],
  ['failed', 'declined'],
  ['canceled', 'declined'],
  ['something_new', 'unknown'],
  [null, 'unknown'],
])('a refund that is %s is %s', (status, kind) => expect(refundAnswerOf({ status }, 'pi_1').kind).toBe(kind));

describe('what the library throws', () => {
  it.each([
    [{ type: 'StripeCardError', rawType: 'card_error', code: 'card_declined', statusCode: 402 }, 'no'],
    [{ type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', code: 'payment_intent_unexpected_state', statusCode: 400 }, 'no'],
    [{ type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', code: 'resource_missing', statusCode: 404 }, 'no'],
    [{ type: 'StripeIdempotencyError', rawType: 'idempotency_error', statusCode: 400 }, 'fault'],
    [{ type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', code: 'idempotency_key_in_use', statusCode: 409 }, 'fault'],
    [{ type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', code: 'lock_timeout', statusCode: 400 }, 'fault'],
    [{ type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', code: 'balance_insufficient', statusCode: 400 }, 'fault'],
    [{ type: 'StripeRateLimitError', rawType: 'invalid_request_error', code: 'rate_limit', statusCode: 429 }, 'fault'],
    [{ type: 'StripeAPIError', rawType: 'api_error', statusCode: 500 }, 'fault'],
    [{ type: 'StripeConnectionError' }, 'fault'],
    [new TypeError('a bug'), 'fault'],
    [undefined, 'fault'],
    [{ type: 'StripeAuthenticationError', rawType: 'invalid_request_error', statusCode: 401 }, 'key'],
    [{ type: 'StripePermissionError', rawType: 'invalid_request_error', statusCode: 403 }, 'key'],
  ])('%o is a %s', (thrown, kind) => expect(failureOf(thrown).kind).toBe(kind));

  it('leaves as codes: no words, no keys, no cards', () => {
    const thrown = Object.assign(new Error('Invalid API Key provided: sk_test_abc'), {
      ...{
        type: 'StripeAuthenticationError',
        code: 'sk_test_abcdefgh',
        statusCode: 401,
        requestId: 'req_1',
        raw: { card: '4242' },
        headers: { a: 'sk_test_abc' },
      },
    });
    const { fault } = failureOf(thrown);
    expect(fault).toBeInstanceOf(StripeFault);
    expect(JSON.stringify([fault.message, fault.stack, fault, fault.cause ?? null])).not.toMatch(/sk_test|4242/);
    expect(fault.message).toBe('StripeAuthenticationError 401 req_1');
  });
});
