import type { Order } from '@boxoffice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { ids, tinyServer } from '../test/tiny-server.ts';
import { createBoxOfficeClient, type Refund } from './index.ts';

const paymentId = ids.seat;
const pending: Refund = {
  ...{ refundId: ids.organisation, paymentId, kind: 'seats', status: 'PENDING', waitingFor: 'provider', amountMinor: 1000, feeMinor: 0 },
  ...{ currency: 'EUR', seatIds: [ids.seat], createdAt: '2027-01-01T00:00:00.000Z', doneAt: null, failureReason: null },
};
const done: Refund = { ...pending, status: 'DONE', waitingFor: null, doneAt: '2027-01-01T00:00:01.000Z' };
const orderWith = (refunds: Refund[]): z.input<typeof Order> => ({
  payment: {
    ...{ paymentId, reservationId: ids.seat, eventId: ids.event, status: 'CONFIRMED', amountMinor: 1000, currency: 'EUR' },
    ...{ createdAt: new Date(), failureReason: null, waitingFor: null, payUntil: new Date() },
  },
  ...{ method: 'online', seats: [], feeMinor: 0, refundedMinor: 0, refunds, tickets: null, cancellableUntil: null },
});

let answers: Refund[][];
let asked = 0;
let server: Awaited<ReturnType<typeof tinyServer>>;
beforeAll(async () => {
  server = await tinyServer({
    payment: {
      getOrder: async () => {
        asked += 1;
        return orderWith(answers.shift() ?? []);
      },
    },
  });
});
afterAll(() => server.close());
const client = () => createBoxOfficeClient({ url: server.url, token: 'good' });

it('asks until the refund is decided, and not at all when it is', async () => {
  answers = [[pending], [{ ...pending, waitingFor: 'booking' }], [done]];
  expect(await client().settledRefund(pending)).toEqual(done);
  expect(answers).toEqual([]);
  asked = 0;
  for (const over of [done, { ...pending, status: 'FAILED' as const }, { ...pending, waitingFor: 'staff' as const }])
    expect(await client().settledRefund(over)).toEqual(over);
  expect(asked).toBe(0);
});

it('tells one of which nothing happened as failed', async () => {
  answers = [[]];
  expect(await client().settledRefund({ ...pending, waitingFor: 'ticketing' })).toMatchObject({ status: 'FAILED', waitingFor: null });
});

it('ends with the caller’s signal', async () => {
  answers = Array.from({ length: 100 }, () => [pending]);
  const left = new AbortController();
  const waiting = client().settledRefund(pending, { signal: left.signal });
  left.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(client().settledRefund(pending, { signal: left.signal })).rejects.toThrow('enough');
});
