import { randomUUID } from 'node:crypto';
import { Order } from '@boxoffice/contracts';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { soldOrder, staff, wish } from '../../test/orders.ts';
import { freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';

let stage: Stage;
let process: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  process = await stage.process();
});
afterAll(() => stage.close());

it('shows an order to its customer and to staff: seats, refunds, tickets, and never the codes', async () => {
  const order = await soldOrder(stage, process);
  const [seatId = '', other = ''] = order.seatIds;
  const { refundId } = await process.payment.refundOrder(wish(order.paymentId, { seatIds: [seatId] }), staff());
  await process.payment.refundOrder(wish(order.paymentId, { amountMinor: 250 }), staff());
  const read = async (by = order.me) => Order.parse(await process.payment.getOrder({ paymentId: order.paymentId }, by));
  const mine = await read();
  expect(mine).toMatchObject({
    payment: { paymentId: order.paymentId, status: 'CONFIRMED', amountMinor: 3000 },
    ...{ method: 'online', feeMinor: 0, refundedMinor: 1750, cancellableUntil: null },
    seats: [
      { seatId, priceMinor: 1500, category: 'Stalls', refunded: true },
      { seatId: other, refunded: false },
    ],
    refunds: [
      { refundId, kind: 'seats', status: 'DONE', seatIds: [seatId], amountMinor: 1500, waitingFor: null },
      { kind: 'amount', status: 'DONE', seatIds: [], amountMinor: 250 },
    ],
  });
  expect(mine.tickets?.map((ticket) => [ticket.seatId, ticket.status])).toEqual([
    [seatId, 'CANCELLED'],
    [other, 'ACTIVE'],
  ]);
  expect(JSON.stringify(await process.payment.getOrder({ paymentId: order.paymentId }, order.me))).not.toContain('secret');
  const forStaff = await read(staff('box-office'));
  expect({ ...forStaff, tickets: null }).toEqual({ ...mine, tickets: null });
});

it('does not exist for strangers; colleagues without the role are told so', async () => {
  const { paymentId } = await soldOrder(stage, process);
  for (const stranger of [asUser(), asMember({ organisationId: randomUUID(), role: 'owner' })])
    expect(await refusalOf(process.payment.getOrder({ paymentId }, stranger))).toEqual({ code: 'PAYMENT_NOT_FOUND', details: {} });
  expect(await refusalOf(process.payment.getOrder({ paymentId }, staff('door')))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'box-office' } });
});

it('is shown without its tickets while ticketing is away', async () => {
  const { me, paymentId } = await soldOrder(stage, process);
  stage.ticketing.goAway(true);
  try {
    expect(await process.payment.getOrder({ paymentId }, me)).toMatchObject({ tickets: null, payment: { status: 'CONFIRMED' } });
  } finally {
    stage.ticketing.goAway(false);
  }
});
