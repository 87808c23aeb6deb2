import { randomInt } from 'node:crypto';
import { type Caller, Refusal, type User } from '@boxoffice/contracts';
import { idempotent, isUniqueViolation, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from './deps.ts';
import { offersOf } from './domain/event-payments.ts';
import { referenceOf } from './domain/payment-reference.ts';
import { countUnpaid, startByHand as start } from './persistence/await-money.sql.ts';
import { readEventPayments } from './persistence/event-payments.sql.ts';
import type { Driven, Transaction } from './persistence/transaction.ts';

/** Two payments in 29⁷ get the same reference; that this happens three times in a row is not a matter of chance any more. */
const tries = 3;

/**
 * Begins to sell the seats to a payment by hand, with a deadline and a reference; undefined when somebody has done so before.
 * Refuses TOO_MANY_UNPAID, METHOD_NOT_OFFERED when the time to pay that way is over, IDEMPOTENCY_KEY_REUSED.
 */
export async function startByHand(deps: Deps, payment: Transaction, { actor, idempotencyKey: key }: Caller<User>): Promise<Driven | undefined> {
  const { id: paymentId } = payment;
  for (let left = tries; ; left--) {
    let driven: Driven | undefined;
    try {
      await deps.db.transaction((tx) =>
        idempotent(tx, { userId: actor.userId, procedure: 'confirmPayment', key, input: { paymentId } }, async () => {
          driven = await startOnce(deps, tx, payment);
        }),
      );
      return driven;
    } catch (error) {
      if (left === 1 || !isUniqueViolation(error, 'transactions_reference')) throw error;
    }
  }
}

async function startOnce({ maxUnpaidPerEvent: limit, leaseMs }: Deps, tx: Tx, payment: Transaction): Promise<Driven | undefined> {
  if (payment.status !== 'PENDING' || payment.step !== 'CREATED') return undefined;
  const { id: paymentId, eventId, method } = payment;
  const { unpaid, now } = await countUnpaid(tx, payment);
  // Nobody cancels the event between this look and our row: who does so finds the row, and ends it.
  const offers = offersOf(await readEventPayments(tx, eventId, { share: true }), now);
  const payUntil = offers.find((offer) => offer.method === method)?.payUntil;
  if (!payUntil) throw new Refusal('METHOD_NOT_OFFERED', { methods: offers.map((offer) => offer.method) });
  const reference = referenceOf(() => randomInt(2 ** 32) / 2 ** 32);
  const driven = await start(tx, { paymentId, reference, payUntil, driver: newId(), leaseMs });
  if (driven && unpaid >= limit) throw new Refusal('TOO_MANY_UNPAID', { limit });
  return driven;
}
