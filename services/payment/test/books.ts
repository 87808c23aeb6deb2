import type { Database } from '@boxoffice/postgres';
import { expect } from 'vitest';
import type { BookingSide } from './booking-peer.ts';

export interface ChargeRow {
  status: string;
  amount_minor: number;
  card_last4: string;
  capture_key: string | null;
}
interface MessageRow {
  topic: string;
  payload: { reason?: string; refunded?: boolean; seats?: unknown[]; amountMinor?: number };
}

/** What a provider's books say of a payment. */
export type ChargeOf = (db: Database, paymentId: string) => Promise<ChargeRow | undefined>;

/** The test provider's charge of a payment: nobody ever has two. */
export async function chargeOf(db: Database, paymentId: string): Promise<ChargeRow | undefined> {
  const rows = await db.query<ChargeRow>(`SELECT * FROM test_provider_charges WHERE key LIKE $1 || ':%'`, [paymentId]);
  expect(rows.length).toBeLessThanOrEqual(1);
  return rows[0];
}

/** What was said about a payment, in order. */
export const messagesOf = (db: Database, paymentId: string): Promise<MessageRow[]> =>
  db.query<MessageRow>(`SELECT topic, (envelope::jsonb)->'payload' AS payload FROM outbox WHERE key = $1 ORDER BY position`, [paymentId]);

/** Who was asked what, in order. */
export const stepsOf = async (db: Database, paymentId: string): Promise<string[]> =>
  (
    await db.query<{ step: string; answer: string | null }>('SELECT step, answer FROM payment_steps WHERE payment_id = $1 ORDER BY id', [paymentId])
  ).map(({ step, answer }) => `${step} ${answer}`);

/** Money, seats and messages of one payment agree: it ended as seats that are paid, or as money that is back, never as both or as neither. */
export async function expectSound(
  db: Database,
  booking: BookingSide,
  { paymentId, reservationId }: { paymentId: string; reservationId: string },
  bank: { chargeOf(paymentId: string): Promise<ChargeRow | undefined> } = { chargeOf: (id) => chargeOf(db, id) },
): Promise<string> {
  const [payment] = await db.query<{ status: string; step: string; amountMinor: number }>(
    'SELECT status, step, amount_minor AS "amountMinor" FROM transactions WHERE id = $1',
    [paymentId],
  );
  const charge = await bank.chargeOf(paymentId);
  const messages = await messagesOf(db, paymentId);
  const isMine = (await booking.soldTo(reservationId)) === paymentId;
  const facts = { status: payment?.status, charge: charge?.status, isMine, messages };
  expect(payment?.step, JSON.stringify(facts)).toBe('SETTLED');
  if (payment?.status === 'CONFIRMED') {
    expect(facts).toMatchObject({
      charge: 'captured',
      isMine: true,
      messages: [{ topic: 'payment-confirmed', payload: { amountMinor: charge?.amount_minor } }],
    });
    expect(charge?.amount_minor).toBe(payment.amountMinor);
  } else {
    expect(facts).toMatchObject({
      status: 'FAILED',
      isMine: false,
      messages: [{ topic: 'payment-failed', payload: { refunded: charge?.status === 'refunded' } }],
    });
    expect([undefined, 'declined', 'voided', 'refunded']).toContain(charge?.status);
  }
  expect(messages).toHaveLength(1);
  const owed = await db.query(`SELECT 1 FROM refunds WHERE payment_id = $1 AND (status = 'DONE') IS DISTINCT FROM $2`, [
    paymentId,
    charge?.status === 'refunded',
  ]);
  expect(owed).toEqual([]);
  return payment?.status ?? '';
}
