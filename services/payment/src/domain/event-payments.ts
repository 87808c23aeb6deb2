import { type EventStatus, type PaymentMethod, Refusal, type SetEventPayments, type EventPayments as Shown } from '@boxoffice/contracts';
import type { z } from 'zod';

/** What payment knows of an event, from `event-changed`. */
export interface EventFacts {
  eventId: string;
  organisationId: string;
  revision: number;
  name: string;
  venue: string;
  startsAt: Date;
  timeZone: string;
  currency: string;
  status: z.output<typeof EventStatus>;
}

/** How an event is paid; see SetEventPayments. `updatedAt` null: nobody has set anything. */
export interface EventPaymentSettings {
  methods: PaymentMethod[];
  accountId: string | null;
  bankTransfer: { withinHours: number; instructions: string } | null;
  atDoor: { untilHoursBefore: number } | null;
  feePerSeatMinor: number;
  cancelUntilHours: number | null;
  keepFees: boolean;
  seller: { name: string; address: string; taxId: string } | null;
  updatedAt: Date | null;
}
/** Both, as one read finds them; facts may still be on their way. */
export type EventPayments = { facts: EventFacts | undefined; settings: EventPaymentSettings };

/** An event of which nobody has said anything: cards, no fee, no self-service. */
export const defaultSettings: EventPaymentSettings = {
  methods: ['online'],
  accountId: null,
  bankTransfer: null,
  atDoor: null,
  feePerSeatMinor: 0,
  cancelUntilHours: null,
  keepFees: false,
  seller: null,
  updatedAt: null,
};

/** A method somebody can choose now; `payUntil`: when its money must be there, null where it is paid at once. */
export type Offer = { method: PaymentMethod; payUntil: Date | null };

const hourMs = 3_600_000;

/** The methods of an event that are open at `now`, the event's first one first. By hand only while there is time to pay before the event. */
export const offersOf = ({ facts, settings }: EventPayments, now: Date): Offer[] =>
  settings.methods.flatMap((method): Offer[] => {
    if (method === 'online') return [{ method, payUntil: null }];
    const payUntil = facts?.status === 'PUBLISHED' ? deadlineOf(method, { facts, settings, now }) : undefined;
    return payUntil && payUntil > now ? [{ method, payUntil }] : [];
  });

function deadlineOf(method: PaymentMethod, at: { facts: EventFacts; settings: EventPaymentSettings; now: Date }): Date | undefined {
  const { startsAt } = at.facts;
  const { bankTransfer, atDoor } = at.settings;
  if (method === 'bank-transfer' && bankTransfer) return new Date(Math.min(at.now.getTime() + bankTransfer.withinHours * hourMs, startsAt.getTime()));
  if (method === 'at-door' && atDoor) return new Date(startsAt.getTime() - atDoor.untilHoursBefore * hourMs);
  return undefined;
}

/** The offer a customer chose, or the first. An order that costs nothing is never paid by hand. Refuses METHOD_NOT_OFFERED with those that are. */
export function chosenOffer(at: EventPayments, wish: { method: PaymentMethod | undefined; amountMinor: number; now: Date }): Offer {
  const offers = wish.amountMinor === 0 ? [{ method: 'online' as const, payUntil: null }] : offersOf(at, wish.now);
  const chosen = wish.method === undefined ? offers[0] : offers.find(({ method }) => method === wish.method);
  if (!chosen) throw new Refusal('METHOD_NOT_OFFERED', { methods: offers.map(({ method }) => method) });
  return chosen;
}

/** Until when a customer may cancel by himself; null: he may not, or nobody knows yet when the event starts. */
export const cancellableUntil = ({ facts, settings }: EventPayments): Date | null =>
  facts && settings.cancelUntilHours !== null ? new Date(facts.startsAt.getTime() - settings.cancelUntilHours * hourMs) : null;

/** Settings as they are kept. Refuses EVENT_CANCELLED, PAYMENT_SETTINGS_INVALID with every contradiction. */
export function decideSettings(input: z.output<typeof SetEventPayments>, facts: EventFacts, now: Date): EventPaymentSettings {
  if (facts.status === 'CANCELLED') throw new Refusal('EVENT_CANCELLED', {});
  const { methods, accountId = null, bankTransfer = null, atDoor = null, seller = null } = input;
  const faults = [...methodFaults(input), ...eventFaults(input, facts)];
  if (faults.length > 0) throw new Refusal('PAYMENT_SETTINGS_INVALID', { faults });
  const { feePerSeatMinor, cancelUntilHours, keepFees } = input;
  return { methods, accountId, bankTransfer, atDoor, feePerSeatMinor, cancelUntilHours, keepFees, seller, updatedAt: now };
}

type Fault = { path: string; message: string };

function methodFaults({ methods, bankTransfer, atDoor, accountId }: z.output<typeof SetEventPayments>): Fault[] {
  const faults: Fault[] = [];
  const details = { 'bank-transfer': { path: 'bankTransfer', given: bankTransfer }, 'at-door': { path: 'atDoor', given: atDoor } } as const;
  for (const [method, { path, given }] of Object.entries(details)) {
    const isOffered = methods.includes(method as PaymentMethod); // the keys of the record above
    if (isOffered && !given) faults.push({ path, message: `say how, since ${method} is one of the methods` });
    if (!isOffered && given) faults.push({ path, message: `${method} is none of the methods` });
  }
  if (accountId !== undefined && !methods.includes('online')) faults.push({ path: 'accountId', message: 'an account is for payments online' });
  return faults;
}

function eventFaults({ currency, feePerSeatMinor, keepFees, cancelUntilHours }: z.output<typeof SetEventPayments>, facts: EventFacts): Fault[] {
  const faults: Fault[] = [];
  if (currency !== undefined && currency !== facts.currency)
    faults.push({ path: 'currency', message: `the event is sold in ${facts.currency}, and so is its fee` });
  if (keepFees && feePerSeatMinor === 0) faults.push({ path: 'keepFees', message: 'there is no fee to keep' });
  if (keepFees && cancelUntilHours === null) faults.push({ path: 'keepFees', message: 'customers cannot cancel: see cancelUntilHours' });
  return faults;
}

/** Settings as staff reads them. */
export const shownSettings = ({ eventId, currency }: EventFacts, settings: EventPaymentSettings): z.input<typeof Shown> => {
  return { eventId, currency, ...settings };
};
