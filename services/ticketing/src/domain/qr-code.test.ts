import { describe, expect, it } from 'vitest';
import { codeOf, maxCodeLength, type QrPayload, readCode, signedPartOf } from './qr-code.ts';

const payload: QrPayload = {
  ticketId: '01934b7e-5a00-7000-8000-000000000001',
  eventId: '01934b7e-5a00-7000-8000-000000000002',
  label: 'Patio de butacas · fila 3 · butaca 14',
  revision: 1,
  keyId: 'k1',
};
const signature = new Uint8Array(64).map((_, index) => index * 3);
const code = codeOf(signedPartOf(payload), signature);
const [prefix, body, mark] = code.split('.') as [string, string, string]; // codeOf writes three parts
const bodyOf = (value: unknown) => `BO1.${Buffer.from(JSON.stringify(value)).toString('base64url')}.${mark}`;

describe('the code of a ticket', () => {
  it('is read back as it was written', () => {
    expect(readCode(code)).toEqual({ payload, signed: `${prefix}.${body}`, signature: Buffer.from(signature) });
  });
  it('fits an image that a phone shows: under 400 characters with a long label', () => {
    expect(code.length).toBeLessThan(400);
  });
  it('names nobody', () => {
    expect(Object.keys(JSON.parse(Buffer.from(body, 'base64url').toString()))).toEqual(['t', 'e', 's', 'r', 'k']);
  });
});

describe('a code that cannot be ours', () => {
  const wrong: Record<string, string> = {
    empty: '',
    'plain words': 'let me in',
    'another version': code.replace('BO1', 'BO2'),
    'lower case version': code.replace('BO1', 'bo1'),
    'no signature': `${prefix}.${body}`,
    'an empty signature': `${prefix}.${body}.`,
    'a truncated signature': code.slice(0, -2),
    'truncated in the payload': code.slice(0, 60),
    'a fourth part': `${code}.x`,
    'longer than the limit': code + 'A'.repeat(maxCodeLength),
    'padding in the signature': `${code}==`,
    'a second spelling of the signature': `${code.slice(0, -1)}B`,
    'foreign characters in the payload': `${prefix}.${body.slice(0, 10)}!${body.slice(10)}.${mark}`,
    'a space around it': ` ${code}`,
    'a payload that is not JSON': `BO1.${Buffer.from('{"t":').toString('base64url')}.${mark}`,
    'a payload that is null': bodyOf(null),
    'a payload that is a list': bodyOf([payload.ticketId]),
    'no ticket id': bodyOf({ e: payload.eventId, s: 'A 1', r: 1, k: 'k1' }),
    'a ticket id that is none': bodyOf({ t: "' or 1=1", e: payload.eventId, s: 'A 1', r: 1, k: 'k1' }),
    'revision 0': bodyOf({ t: payload.ticketId, e: payload.eventId, s: 'A 1', r: 0, k: 'k1' }),
    'revision as text': bodyOf({ t: payload.ticketId, e: payload.eventId, s: 'A 1', r: '1', k: 'k1' }),
    'no key id': bodyOf({ t: payload.ticketId, e: payload.eventId, s: 'A 1', r: 1 }),
  };
  it.each(Object.entries(wrong))('is unreadable: %s', (_, text) => expect(readCode(text)).toBeNull());
});
