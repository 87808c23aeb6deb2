import { type PaymentService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { paymentOf } from '../domain/payment.ts';
import { differencesOf, type Movement } from '../domain/statement-comparison.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { accountsOfEvent, type EventAccount, movementsOfEvent, paymentsOfEvent } from '../persistence/statement.sql.ts';
import type { PaymentProvider } from '../provider/provider.ts';

/** Clocks differ, and a provider may book a movement before we hear of it. */
const marginMs = 3_600_000;
/** Banks take their time over a list; a manager waits. */
const listWithinMs = 20_000;

/**
 * Puts our books of an event beside the list of each provider that was asked about it, movement by movement. Money by hand, and a provider without a list, is
 * told as not compared. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager), OVERLOADED when a provider does not answer.
 */
export const compareStatement =
  (deps: Deps): PaymentService['compareStatement'] =>
  async ({ eventId }, { actor }) => {
    const { db } = deps;
    const event = await eventOfStaff(db, eventId, { actor, role: 'manager' });
    const asOf = new Date();
    const ours = await movementsOfEvent(db, event.eventId);
    let compared = 0;
    const differences: ReturnType<typeof differencesOf> = [];
    const notCompared: { provider: string; movements: number }[] = [];
    // Also those of whom we think that they have moved nothing.
    for (const account of await accountsOfEvent(db, event.eventId)) {
      const { provider, accountId } = account;
      const mine = ours.filter((movement) => movement.provider === provider && movement.accountId === accountId);
      const theirs = provider === 'by-hand' ? undefined : await listOf(deps, account);
      if (!theirs) notCompared.push({ provider, movements: mine.length });
      else {
        compared += mine.length;
        differences.push(...differencesOf(provider, mine, await onlyOf(db, event.eventId, theirs)));
      }
    }
    return { eventId: event.eventId, asOf, compared, differences, notCompared };
  };

/** What the provider tells since our first payment there; undefined when it keeps no list. */
async function listOf({ providers }: Deps, account: EventAccount): Promise<Movement[] | undefined> {
  const provider = await providers.of(account);
  if (!provider.list) return undefined;
  const span = { from: new Date(account.since.getTime() - marginMs), to: new Date(Date.now() + marginMs) };
  return listWithin(provider.list.bind(provider), span);
}

async function listWithin(list: NonNullable<PaymentProvider['list']>, span: { from: Date; to: Date }): Promise<Movement[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Refusal('OVERLOADED', { retryAfterSeconds: 5 })), listWithinMs);
  return Promise.race([list(span), late.promise]).finally(() => clearTimeout(timer));
}

/** A provider's list is about every event; a charge of ours names its payment. */
async function onlyOf(db: Deps['db'], eventId: string, theirs: readonly Movement[]): Promise<Movement[]> {
  const ids = theirs.flatMap(({ charge }) => paymentOf(charge) ?? []);
  const mine = await paymentsOfEvent(db, eventId, [...new Set(ids)]);
  return theirs.filter(({ charge }) => mine.has(paymentOf(charge) ?? ''));
}
