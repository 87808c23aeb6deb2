/** One call as it goes over the wire. */
export type WireCall = { path: string; method?: 'GET' | 'POST'; body?: string; headers?: Record<string, string> };
export type WireAnswer = { status: number; text: string; headers: Record<string, string | null> };

/** Leaves a call to the tRPC adapter where the fast path would take it; changes nothing about its answer. */
export const theLongWay = { 'trpc-accept': 'application/json' };
const compared = ['content-type', 'vary', 'retry-after', 'x-request-id'];

export async function ask(base: string, { path, method = 'POST', body, headers = {} }: WireCall): Promise<WireAnswer> {
  const answer = await fetch(`${base}/trpc/${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-request-id': 'same-bytes', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const told = Object.fromEntries(compared.map((name) => [name, answer.headers.get(name)]));
  return { status: answer.status, headers: told, text: await answer.text() };
}

/** Calls to booking of every kind of answer; `token` is a customer's, `seatId` a free seat of the event. */
export function wireCalls(token: string, { eventId, seatId }: { eventId: string; seatId: string }): Record<string, WireCall> {
  const known = { authorization: `Bearer ${token}` };
  const hold = (input: object) => JSON.stringify({ eventId, seatIds: ['0193a000-0000-7000-8000-000000000001'], ...input });
  const get = (path: string, input: object) => ({ path: `${path}?input=${encodeURIComponent(JSON.stringify(input))}`, method: 'GET' as const });
  return {
    'a hold, made once and told again': {
      path: 'booking.holdSeats',
      body: hold({ seatIds: [seatId] }),
      headers: { ...known, 'idempotency-key': 'same-bytes' },
    },
    success: get('booking.getEvent', { eventId }),
    'a refusal': { path: 'booking.holdSeats', body: hold({}), headers: known },
    'a refusal for an unknown event': { path: 'booking.holdSeats', body: hold({ eventId: '0193a000-0000-7000-8000-000000000002' }), headers: known },
    'bad input': { path: 'booking.holdSeats', body: hold({ seatIds: ['?'] }), headers: known },
    'no input': { path: 'booking.holdSeats', body: '{}', headers: known },
    null: { path: 'booking.holdSeats', body: 'null', headers: known },
    'broken JSON': { path: 'booking.holdSeats', body: '{"eventId":', headers: known },
    'an empty body': { path: 'booking.holdSeats', body: '', headers: known },
    'prototype keys': { path: 'booking.holdSeats', body: `{"__proto__":{"eventId":"x"},"constructor":1}`, headers: known },
    'no token': { path: 'booking.holdSeats', body: hold({}) },
    'a token nobody signed': { path: 'booking.holdSeats', body: hold({}), headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } },
    'a token that was changed': { path: 'booking.holdSeats', body: hold({}), headers: { authorization: `Bearer ${token.slice(0, -4)}AAAA` } },
    'a procedure for services': { path: 'identity.contactOf', method: 'GET', headers: known },
    'the wrong method': { path: 'booking.holdSeats', method: 'GET', headers: known },
    'an unknown procedure': { path: 'booking.nope', body: '{}', headers: known },
    'a prototype as procedure': { path: 'booking.constructor', body: '{}', headers: known },
    'a batch': {
      method: 'GET',
      path: `booking.getEvent,booking.listEvents?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: { eventId }, 1: { limit: 'x' } }))}`,
    },
    'a batch that is too large': { path: `${Array(21).fill('booking.listEvents').join(',')}?batch=1&input=%7B%7D`, method: 'GET' },
    'a body that is too large': { path: 'booking.holdSeats', body: hold({ pad: 'x'.repeat(70_000) }), headers: known },
  };
}
