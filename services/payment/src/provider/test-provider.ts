import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { createBatcher, newId } from '@boxoffice/service-kit';
import type { DeclineReason, ProviderAnswer } from '../domain/payment.ts';
import type { PaymentProvider } from './provider.ts';
import { type TestCard, testCards } from './test-cards.ts';
import { tellingOf, untoldLater } from './test-provider-events.ts';
import { movementsBetween } from './test-provider-list.ts';
import { refundCharge, refundOf } from './test-provider-refunds.ts';

type ChargeStatus = 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
interface Charge {
  reference: string;
  status: ChargeStatus;
  reason: DeclineReason | null;
  captureKey: string | null;
  challenged: boolean;
}

/** A charge as it is now: a pending one turns authorised by the clock. */
const chargeColumns = `reference, challenged, decline_reason AS reason, capture_key AS "captureKey",
  CASE WHEN status = 'pending' AND approve_at <= statement_timestamp() THEN 'authorised' ELSE status END AS status`;
const isAuthorised = `(status = 'authorised' OR (status = 'pending' AND approve_at <= statement_timestamp()))`;

export interface TestProviderOptions {
  /** The provider's own connections. */
  db: Database;
  /** After how long a late card is approved, in milliseconds. */
  lateMs: number;
  /** Where customers find this provider's pages; by default the same host as the page they come from. */
  publicUrl?: string;
  /** Whether what happens is written as events, to be sent by webhook. */
  tells?: boolean;
}

/**
 * A payment provider to try things with: it knows a few cards (test-cards.ts) and moves no money. It stands for the outside world, so it
 * keeps its charges through database connections of its own, each change in one statement: a killed payment process loses none of them.
 */
export function createTestProvider({ db, lateMs, publicUrl = '', tells = false }: TestProviderOptions): PaymentProvider {
  const { open, capture } = batchedBooks(db, tells);
  const voidSql = voidingSql(tells);
  const answer = (charge: Charge | undefined): ProviderAnswer =>
    charge?.status === 'pending' && charge.challenged ? { kind: 'pending', actionUrl: challengeUrl(publicUrl, charge.reference) } : answerOf(charge);
  const lookUp = async (key: string): Promise<ProviderAnswer> => answer(await chargeOf(db, key));
  return {
    name: 'test',
    refuseUnknownMethod: ({ card }) => void cardOf(card),
    async authorise({ key, payWith, amountMinor, currency, deadlineMs }) {
      const card = cardOf(payWith.card);
      const opened = await open({ key, card, amountMinor, currency, lateMs, returnUrl: pageUrlIn(payWith.returnUrl) });
      if (!opened) return lookUp(key); // the same key is the same request, whatever came with it
      if (card.silent) return delay(deadlineMs + 1_000, { kind: 'unknown' }, { ref: false });
      return answer(opened);
    },
    async capture({ key, charge }) {
      const captured = await capture({ charge, key });
      const now = captured ?? (await chargeOf(db, charge));
      if (now?.status !== 'captured') return { kind: 'declined', reason: 'card-declined' };
      return now.captureKey === key ? { kind: 'approved', reference: now.reference } : { kind: 'declined', reason: 'captured-already' };
    },
    async void({ key, charge }) {
      // A key nobody has used yet is closed as well: the request that still travels finds it voided.
      await db.query(voidSql, [charge, key, newId()]);
      const now = await chargeOf(db, charge);
      return now?.status === 'captured' ? { kind: 'declined', reason: 'captured-already' } : { kind: 'approved', reference: now?.reference };
    },
    refund: (request) => refundCharge(db, request, tells),
    lookUpRefund: ({ key }) => refundOf(db, key),
    lookUp: ({ charge }) => lookUp(charge),
    list: (span) => movementsBetween(db, span),
  };
}

function cardOf(number: string | undefined): TestCard {
  const card = testCards.find((known) => known.number === number);
  if (!card) throw new Refusal('TEST_CARD_UNKNOWN', { cards: testCards.map((known) => known.number) });
  return card;
}

async function chargeOf(db: Database, key: string): Promise<Charge | undefined> {
  const [charge] = await db.query<Charge>(`SELECT ${chargeColumns} FROM test_provider_charges WHERE key = $1`, [key]);
  return charge;
}

type Capture = { charge: string; key: string };
interface Opening {
  key: string;
  card: TestCard;
  amountMinor: number;
  currency: string;
  lateMs: number;
  returnUrl: string | undefined;
}

/** What a busy bank does as well: requests that come at the same moment are one statement and one commit. Each is answered after it. */
function batchedBooks(db: Database, tells: boolean) {
  const openSql = openingSql(tells);
  const captureSql = capturingSql(tells);
  const open = createBatcher({
    name: 'provider-open',
    run: (items: readonly Opening[]) => openCharges(db, openSql, items),
    apart: ({ key }: Opening) => key,
  });
  const capture = createBatcher({
    name: 'provider-capture',
    run: (items: readonly Capture[]) => captureCharges(db, captureSql, items),
    apart: ({ charge }: Capture) => charge,
  });
  return { open: open.push, capture: capture.push };
}

const voidingSql = (tells: boolean): string => `
WITH voided AS (
  INSERT INTO test_provider_charges AS c (key, reference, card_last4, amount_minor, currency, status, void_key)
  VALUES ($1, $3, '', 0, '', 'voided', $2)
  ON CONFLICT (key) DO UPDATE SET status = 'voided', void_key = $2 WHERE c.status IN ('pending', 'authorised') RETURNING c.*)
${tells ? `, told AS (${tellingOf('voided', `'charge.voided'`)}), untold AS (${untoldLater} AND EXISTS (SELECT FROM voided))` : ''}
SELECT 1 FROM voided`;

// A late card is pending now and authorised later: the second event waits for its time.
const openingSql = (tells: boolean): string => `
WITH opened AS (
  INSERT INTO test_provider_charges
    (key, reference, card_last4, amount_minor, currency, status, decline_reason, approve_at, capture_fails, challenged, return_url)
  SELECT key, reference, card, amount, currency, status, reason,
    CASE WHEN challenged THEN 'infinity' ELSE statement_timestamp() + late * interval '1 ms' END, fails, challenged, return_url
  FROM unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bool[], $10::bool[], $11::text[])
    AS c (key, reference, card, amount, currency, status, reason, late, fails, challenged, return_url)
  ON CONFLICT (key) DO NOTHING RETURNING *)
${
  tells
    ? `, told AS (${tellingOf('opened', `'charge.' || status`)}),
told_later AS (${tellingOf(`opened WHERE status = 'pending' AND NOT challenged`, `'charge.authorised'`, 'approve_at')})`
    : ''
}
SELECT key, ${chargeColumns} FROM opened`;

/** The new charges; undefined for a key that was used before. */
async function openCharges(db: Database, sql: string, items: readonly Opening[]): Promise<(Charge | undefined)[]> {
  const of = <T>(value: (item: Opening) => T) => items.map(value);
  const rows = await db.query<Charge & { key: string }>(sql, [
    ...[
      of(({ key }) => key),
      of(() => newId()),
      of(({ card }) => card.number.slice(-4)),
      of((item) => item.amountMinor),
      of((item) => item.currency),
    ],
    ...[of(({ card }) => firstStatus(card)), of(({ card }) => card.declines ?? null), of((item) => item.lateMs)],
    ...[of(({ card }) => card.captureFails === true), of(({ card }) => card.challenges === true), of(({ returnUrl }) => returnUrl ?? null)],
  ]);
  return items.map(({ key }) => rows.find((row) => row.key === key));
}

const capturingSql = (tells: boolean): string => `
WITH captured AS (
  UPDATE test_provider_charges t SET status = 'captured', capture_key = c.capture
  FROM unnest($1::text[], $2::text[]) AS c (charge, capture) WHERE key = c.charge AND ${isAuthorised} AND NOT capture_fails RETURNING t.*)
${tells ? `, told AS (${tellingOf('captured', `'charge.captured'`)})` : ''}
SELECT key, ${chargeColumns} FROM captured`;

/** The charges as they are now; undefined for one that cannot be captured (any more). */
async function captureCharges(db: Database, sql: string, items: readonly Capture[]): Promise<(Charge | undefined)[]> {
  const rows = await db.query<Charge & { key: string }>(sql, [items.map(({ charge }) => charge), items.map(({ key }) => key)]);
  return items.map(({ charge }) => rows.find(({ key }) => key === charge));
}

function firstStatus({ declines, late, challenges, capturesAtOnce }: TestCard): ChargeStatus {
  if (declines) return 'declined';
  if (late || challenges) return 'pending';
  return capturesAtOnce ? 'captured' : 'authorised';
}

/** Where the customer answers the bank's question. The charge's reference is known to who was told this address alone. */
const challengeUrl = (publicUrl: string, reference: string): string => `${publicUrl}/test-provider/challenges/${reference}`;

/** An address a browser may be sent to; anything else is as if none had been given. */
function pageUrlIn(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && url.href.length <= 2_000 ? url.href : undefined;
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
