import { type Caller, type Refund, RefundOrder, type User } from '@boxoffice/contracts';
import { asMember } from '@boxoffice/testing';
import { expect } from 'vitest';
import type { z } from 'zod';
import { organisationId } from './booking-peer.ts';
import { cards, type PaymentProcess, type Stage } from './stage.ts';

export type ShownRefund = z.output<typeof Refund>;

/** A paid order: its customer, and where its seats and tickets are. */
export interface SoldOrder {
  me: Caller<User>;
  paymentId: string;
  reservationId: string;
  seatIds: string[];
}

/** Staff of the organisation whose events these tests sell. */
export const staff = (role: 'owner' | 'manager' | 'box-office' | 'door' = 'manager', idempotencyKey?: string): Caller<User> =>
  asMember({ organisationId, role }, idempotencyKey === undefined ? {} : { idempotencyKey });

type Sold = { seats?: number; ticketed?: boolean; eventId?: string | undefined; me?: Caller<User> | undefined };

/** A customer who has paid for these seats, at 1500 each, and has tickets unless told. */
export async function soldOrder(
  stage: Stage,
  { payment }: PaymentProcess,
  { seats = 2, ticketed = true, eventId, me: known }: Sold = {},
): Promise<SoldOrder> {
  const { me, paymentId, reservationId } = await stage.customer(payment, seats, { ...(eventId && { eventId }), me: known });
  expect(await payment.confirmPayment({ paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
  const seatIds = stage.booking.seatsSoldTo(reservationId);
  if (ticketed) stage.ticketing.issue(paymentId, seatIds);
  return { me, paymentId, reservationId, seatIds };
}

/** The input of refundOrder, as the router would read it. */
export const wish = (paymentId: string, given: Partial<z.input<typeof RefundOrder>> = {}) =>
  RefundOrder.parse({ paymentId, reason: 'asked for', ...given });

interface RefundRecord {
  id: string;
  kind: string;
  status: string;
  step: string;
  amountMinor: number;
  seatIds: string[];
}
/** The book of refunds of a payment, oldest first, and what the provider gave back for it. */
export async function refundBooks({ db }: Stage, paymentId: string) {
  const refunds = await db.query<RefundRecord>(
    `SELECT id, kind, status, step, amount_minor AS "amountMinor", seat_ids AS "seatIds" FROM refunds WHERE payment_id = $1 ORDER BY created_at, id`,
    [paymentId],
  );
  const given = await db.query<{ amountMinor: number }>(
    `SELECT amount_minor AS "amountMinor" FROM test_provider_refunds WHERE charge LIKE $1 || ':%' AND NOT declined ORDER BY created_at`,
    [paymentId],
  );
  const [charge] = await db.query<{ status: string; refundedMinor: number }>(
    `SELECT status, refunded_minor AS "refundedMinor" FROM test_provider_charges WHERE key LIKE $1 || ':%'`,
    [paymentId],
  );
  const seats = await db.query<{ seatId: string }>('SELECT seat_id AS "seatId" FROM refunded_seats WHERE payment_id = $1', [paymentId]);
  const [payment] = await db.query<{ status: string }>('SELECT status FROM transactions WHERE id = $1', [paymentId]);
  const told = await db.query<{ payload: { refundId: string; amountMinor: number; seatIds: string[]; kind: string } }>(
    `SELECT envelope::jsonb -> 'payload' AS payload FROM outbox WHERE key = $1 AND topic = 'payment-refunded' ORDER BY position`,
    [paymentId],
  );
  return {
    refunds,
    given: given.map(({ amountMinor }) => amountMinor),
    charge,
    refundedSeats: seats.map(({ seatId }) => seatId).sort(),
    status: payment?.status,
    told: told.map(({ payload }) => payload),
  };
}

/** Money, tickets, seats, messages and the book tell the same of an order: these seats are back, each once, and nothing else changed. */
export async function expectRefunded(stage: Stage, order: SoldOrder, { seatIds, amountMinor }: { seatIds: string[]; amountMinor: number }) {
  const books = await refundBooks(stage, order.paymentId);
  const story = JSON.stringify(books);
  const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const done = books.refunds.filter(({ status }) => status === 'DONE');
  expect(
    done.every(({ step }) => step === 'SETTLED'),
    story,
  ).toBe(true);
  expect(sum(done.map((refund) => refund.amountMinor)), story).toBe(amountMinor);
  expect(sum(books.given), story).toBe(amountMinor);
  expect(books.charge?.refundedMinor, story).toBe(amountMinor);
  expect(books.told.map(({ refundId }) => refundId).sort(), story).toEqual(done.map(({ id }) => id).sort());
  expect(sum(books.told.map((fact) => fact.amountMinor)), story).toBe(amountMinor);
  expect(books.refundedSeats, story).toEqual([...seatIds].sort());
  expect([...stage.ticketing.ended(order.paymentId).keys()].sort(), story).toEqual([...seatIds].sort());
  for (const seatId of order.seatIds) expect(stage.booking.returnsOf(seatId), story).toBe(seatIds.includes(seatId) ? 1 : 0);
  expect(books.status, story).toBe(seatIds.length === order.seatIds.length ? 'REFUNDED' : 'CONFIRMED');
}
