import { eventually } from '@boxoffice/testing';
import { expect } from 'vitest';
import { organisationId } from '../booking-peer.ts';
import { expectRefunded, type SoldOrder, soldOrder, staff, wish } from '../orders.ts';
import type { Begun, Ground } from './begun.ts';
import type { Kind } from './cells.ts';

interface OrderRefund {
  /** What staff asks for. */
  given(order: SoldOrder): Omit<Parameters<typeof wish>[1] & object, 'paymentId'>;
  /** The call whose lost reply leaves it to the reconciler: the provider's. */
  providersCall: number;
  /** What is back in the end. */
  back(order: SoldOrder): { seatIds: string[]; amountMinor: number };
}

/** Ways the money of an order of two seats goes back, at 1500 each. */
export const orderRefunds: Record<string, OrderRefund> = {
  'a refund of a whole order': { given: () => ({}), providersCall: 1, back: ({ seatIds }) => ({ seatIds, amountMinor: 3000 }) },
  'a refund of one seat': {
    given: ({ seatIds }) => ({ seatIds: seatIds.slice(0, 1) }),
    providersCall: 1,
    back: ({ seatIds }) => ({ seatIds: seatIds.slice(0, 1), amountMinor: 1500 }),
  },
  'good will': { given: () => ({ amountMinor: 500 }), providersCall: 0, back: () => ({ seatIds: [], amountMinor: 500 }) },
};

/** A paid order with tickets, whose refund staff will ask for, or has asked for when the provider's reply was lost; undefined when it is no kind of refund. */
export async function beginRefund(ground: Ground, { scenario, driver }: Kind): Promise<Begun | undefined> {
  const kind = orderRefunds[scenario];
  if (!kind) return undefined;
  const { stage, healthy } = ground;
  healthy.world.reset();
  const order = await soldOrder(stage, healthy);
  const asked = wish(order.paymentId, kind.given(order));
  const begun = { ends: 'REFUNDED', created: async () => {}, settled: () => settledRefunds(ground, order, kind.back(order)) };
  if (driver === 'customer') return { ...begun, work: { asked, organisationId } };
  healthy.world.reset();
  healthy.world.breakAt(kind.providersCall, 'reply lost');
  await healthy.payment.refundOrder(asked, staff());
  healthy.world.reset();
  await stage.laterForRefunds(order.paymentId);
  return { ...begun, work: { job: 'settle-refunds' } };
}

/** Money, tickets, seats and messages must agree: it is back as it was asked for, or nothing has happened. */
async function settledRefunds({ stage, healthy }: Ground, order: SoldOrder, back: { seatIds: string[]; amountMinor: number }): Promise<string> {
  const { paymentId } = order;
  await eventually(
    async () => {
      await stage.laterForRefunds(paymentId);
      await healthy.run('settle-refunds');
      expect(await stage.db.query(`SELECT 1 FROM refunds WHERE payment_id = $1 AND status <> 'DONE'`, [paymentId])).toEqual([]);
    },
    { withinMs: 30_000 },
  );
  const wasAsked = (await stage.db.query('SELECT 1 FROM refunds WHERE payment_id = $1', [paymentId])).length > 0;
  await expectRefunded(stage, order, wasAsked ? back : { seatIds: [], amountMinor: 0 });
  return wasAsked ? 'REFUNDED' : 'never begun';
}
