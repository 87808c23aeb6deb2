import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { DeclineReason, ProviderAnswer } from '../domain/payment.ts';
import type { PaymentProvider } from './provider.ts';
import { type TestCard, testCards } from './test-cards.ts';

type ChargeStatus = 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
interface Charge {
  reference: string;
  status: ChargeStatus;
  reason: DeclineReason | null;
  captureKey: string | null;
  refundKey: string | null;
}

/** A charge as it is now: a pending one turns authorised by the clock. */
const chargeColumns = `reference, decline_reason AS reason, capture_key AS "captureKey", refund_key AS "refundKey",
  CASE WHEN status = 'pending' AND approve_at <= statement_timestamp() THEN 'authorised' ELSE status END AS status`;
const isAuthorised = `(status = 'authorised' OR (status = 'pending' AND approve_at <= statement_timestamp()))`;

/**
 * A payment provider to try things with: it knows a few cards (test-cards.ts) and moves no money. It stands for the outside world, so it
 * keeps its charges through a database connection of its own, in one statement each: a killed payment process loses none of them.
 */
export function createTestProvider({ db, lateMs }: { db: Database; lateMs: number }): PaymentProvider {
  const lookUp = async (key: string): Promise<ProviderAnswer> => answerOf(await chargeOf(db, key));
  return {
    name: 'test',
    refuseUnknownCard: (number) => void cardOf(number),
    async authorise({ key, card: number, amountMinor, currency, deadlineMs }) {
      const card = cardOf(number);
      const isNew = await openCharge(db, { key, card, amountMinor, currency, lateMs });
      if (!isNew) return lookUp(key); // the same key is the same request, whatever came with it
      if (card.silent) return delay(deadlineMs + 1_000, { kind: 'unknown' }, { ref: false });
      return lookUp(key);
    },
    async capture({ key, charge }) {
      await db.query(
        `UPDATE test_provider_charges SET status = 'captured', capture_key = $2
         WHERE key = $1 AND ${isAuthorised} AND NOT capture_fails`,
        [charge, key],
      );
      const now = await chargeOf(db, charge);
      if (now?.status !== 'captured') return { kind: 'declined', reason: 'card-declined' };
      return now.captureKey === key ? { kind: 'approved', reference: now.reference } : { kind: 'declined', reason: 'captured-already' };
    },
    async void({ key, charge }) {
      // A key nobody has used yet is closed as well: the request that still travels finds it voided.
      await db.query(
        `INSERT INTO test_provider_charges AS c (key, reference, card_last4, amount_minor, currency, status, void_key)
         VALUES ($1, $3, '', 0, '', 'voided', $2)
         ON CONFLICT (key) DO UPDATE SET status = 'voided', void_key = $2 WHERE c.status IN ('pending', 'authorised')`,
        [charge, key, newId()],
      );
      const now = await chargeOf(db, charge);
      return now?.status === 'captured' ? { kind: 'declined', reason: 'captured-already' } : { kind: 'approved', reference: now?.reference };
    },
    async refund({ key, charge }) {
      await db.query(`UPDATE test_provider_charges SET status = 'refunded', refund_key = $2 WHERE key = $1 AND status = 'captured'`, [charge, key]);
      const now = await chargeOf(db, charge);
      return now?.refundKey === key ? { kind: 'approved', reference: now.reference } : { kind: 'declined', reason: 'card-declined' };
    },
    lookUp: ({ charge }) => lookUp(charge),
  };
}

function cardOf(number: string): TestCard {
  const card = testCards.find((known) => known.number === number);
  if (!card) throw new Refusal('TEST_CARD_UNKNOWN', { cards: testCards.map((known) => known.number) });
  return card;
}

async function chargeOf(db: Database, key: string): Promise<Charge | undefined> {
  const [charge] = await db.query<Charge>(`SELECT ${chargeColumns} FROM test_provider_charges WHERE key = $1`, [key]);
  return charge;
}

interface Opening {
  key: string;
  card: TestCard;
  amountMinor: number;
  currency: string;
  lateMs: number;
}

/** Answers false when the key was used before. */
async function openCharge(db: Database, { key, card, amountMinor, currency, lateMs }: Opening): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO test_provider_charges (key, reference, card_last4, amount_minor, currency, status, decline_reason, approve_at, capture_fails)
     VALUES ($1, $2, $3, $4, $5, $6, $7, statement_timestamp() + make_interval(secs => $8::float8 / 1000), $9)
     ON CONFLICT (key) DO NOTHING RETURNING 1`,
    [key, newId(), card.number.slice(-4), amountMinor, currency, firstStatus(card), card.declines ?? null, lateMs, card.captureFails === true],
  );
  return rows.length === 1;
}

function firstStatus(card: TestCard): ChargeStatus {
  if (card.declines) return 'declined';
  if (card.late) return 'pending';
  return card.capturesAtOnce ? 'captured' : 'authorised';
}

function answerOf(charge: Charge | undefined): ProviderAnswer {
  if (!charge) return { kind: 'absent' };
  switch (charge.status) {
    case 'pending':
      return { kind: 'pending' };
    case 'declined':
      return { kind: 'declined', reason: charge.reason ?? 'card-declined' };
    case 'voided':
    case 'refunded':
      return { kind: 'declined', reason: 'voided' };
    case 'authorised':
      return { kind: 'approved', reference: charge.reference, captured: false };
    case 'captured':
      return { kind: 'approved', reference: charge.reference, captured: true };
    default:
      return charge.status satisfies never;
  }
}
