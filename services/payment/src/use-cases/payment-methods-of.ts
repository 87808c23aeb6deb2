import { isRefusal, type PaymentMethod, type PaymentService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { cancellableUntil, type EventFacts, type EventPaymentSettings, offersOf } from '../domain/event-payments.ts';
import { openAccount } from '../persistence/payment-accounts.sql.ts';

/** How anybody can pay for an event from now. Refuses EVENT_NOT_FOUND. */
export const paymentMethodsOf =
  (deps: Deps): PaymentService['paymentMethodsOf'] =>
  async ({ eventId }) => {
    const event = await deps.events.of(eventId.toLowerCase());
    const { facts, settings } = event;
    if (!facts) throw new Refusal('EVENT_NOT_FOUND', {});
    const now = new Date();
    const offers = await Promise.all(
      offersOf(event, now).map(async ({ method, payUntil }) => {
        const terms = await termsOf(deps, { method, facts, settings });
        return terms ? [{ method, ...terms, payWithin: payUntil && Math.floor((payUntil.getTime() - now.getTime()) / 1000) }] : [];
      }),
    );
    const { currency } = facts;
    return {
      ...{ eventId: facts.eventId, currency, feePerSeatMinor: settings.feePerSeatMinor, cancellableUntil: cancellableUntil(event) },
      methods: offers.flat(),
    };
  };

type Offered = { method: PaymentMethod; facts: EventFacts; settings: EventPaymentSettings };

/** Who takes it and how; undefined where nobody takes money online. */
async function termsOf({ db, accountFor }: Deps, { method, facts: { organisationId }, settings }: Offered) {
  if (method !== 'online') {
    const instructions = method === 'bank-transfer' ? (settings.bankTransfer?.instructions ?? null) : null;
    return { provider: 'by-hand', publishableKey: null, instructions };
  }
  const through = await accountFor(organisationId, settings.accountId).catch((no: unknown) => {
    if (isRefusal(no, 'PAYMENTS_NOT_SET_UP')) return undefined;
    throw no;
  });
  if (!through) return undefined;
  const account = through.accountId === null ? undefined : await openAccount(db, { organisationId, accountId: through.accountId });
  return { provider: through.provider, publishableKey: account?.publishableKey ?? null, instructions: null };
}
