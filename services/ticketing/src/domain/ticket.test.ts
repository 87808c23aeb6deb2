import { expect, it } from 'vitest';
import { birthOf } from './ticket.ts';

it('a ticket is born to be used', () =>
  expect(birthOf({ refunded: false, eventCancelled: false })).toEqual({ status: 'ACTIVE', cancelReason: null }));
it('a ticket whose money went back first is born cancelled', () =>
  expect(birthOf({ refunded: true, eventCancelled: false })).toEqual({ status: 'CANCELLED', cancelReason: 'refunded' }));
it('a ticket of a cancelled event is born cancelled', () =>
  expect(birthOf({ refunded: false, eventCancelled: true })).toEqual({ status: 'CANCELLED', cancelReason: 'event-cancelled' }));
it('the refund is the reason when both are true', () =>
  expect(birthOf({ refunded: true, eventCancelled: true })).toMatchObject({ cancelReason: 'refunded' }));
