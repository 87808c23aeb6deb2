import { asUser, eventually } from '@boxoffice/testing';
import { expect } from 'vitest';
import { expectSound, messagesOf } from '../books.ts';
import { type Scenario, scenarios } from '../scenarios.ts';
import type { Begun, Ground } from './begun.ts';
import type { Kind } from './cells.ts';

/** A payment of this kind, not begun yet, or left unanswered for a reconciler; undefined when it is no kind of payment. */
export async function beginSale(ground: Ground, { scenario: name, driver }: Kind): Promise<Begun | undefined> {
  const scenario = scenarios[name];
  if (!scenario) return undefined;
  const { stage } = ground;
  const { ends } = scenario;
  if (driver === 'reconciler') {
    const { reservationId, paymentId } = await unanswered(ground, scenario);
    await stage.later(paymentId);
    return { ends, work: { job: 'reconcile-payments' }, created: async () => {}, settled: () => settledSale(ground, reservationId) };
  }
  const { userId } = asUser().actor;
  const reservationId = await stage.booking.hold(userId);
  return {
    ends,
    work: { userId, reservationId, paying: stage.bank.paying(scenario.card) },
    created: async () => scenario.meanwhile?.(stage.booking, reservationId),
    settled: () => settledSale(ground, reservationId),
  };
}

/** A payment whose authorisation the provider has carried out, and nobody knows. */
async function unanswered({ stage, healthy }: Ground, { card, meanwhile }: Scenario) {
  healthy.world.reset();
  const sale = await stage.customer(healthy.payment);
  await meanwhile?.(stage.booking, sale.reservationId);
  healthy.world.breakAt(0, 'reply lost');
  await healthy.payment.confirmPayment({ paymentId: sale.paymentId, ...stage.bank.paying(card) }, sale.me);
  healthy.world.reset();
  return sale;
}

/** Money, seats and messages must agree. */
async function settledSale({ stage, healthy }: Ground, reservationId: string): Promise<string> {
  const { db, booking, bank } = stage;
  const pendingSql = `SELECT id FROM transactions WHERE reservation_id = $1 AND status = 'PENDING'`;
  await eventually(
    async () => {
      for (const { id } of await db.query<{ id: string }>(pendingSql, [reservationId])) await stage.later(id);
      await healthy.run('reconcile-payments');
      await healthy.run('cancel-unpaid-payments');
      expect(await db.query(pendingSql, [reservationId])).toEqual([]);
    },
    { withinMs: 30_000 },
  );
  const [payment] = await db.query<{ id: string; status: string }>('SELECT id, status FROM transactions WHERE reservation_id = $1', [reservationId]);
  if (payment && payment.status !== 'CANCELLED') return expectSound(db, booking, { paymentId: payment.id, reservationId }, bank);
  // Nobody has paid: it was killed before it knew that its customer wanted to.
  const paymentId = payment?.id ?? '00000000-0000-0000-0000-000000000000';
  expect({ charge: await bank.chargeOf(paymentId), messages: await messagesOf(db, paymentId) }).toEqual({ charge: undefined, messages: [] });
  expect(await booking.soldTo(reservationId)).not.toBe(paymentId);
  return payment?.status ?? 'never begun';
}
