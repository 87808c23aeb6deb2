import { type Rules, rules } from './seat-machine.ts';

/** What keeps the promises. Each can be switched off, to prove that the simulation would notice. */
export const guards = {
  fence: 'release, extend and confirm touch a seat only while it carries their reservation id',
  'expiry-condition': 'a hold takes only seats that are free or whose time is over',
  'conditional-confirm': 'a sale looks at seats and history again before it sells them',
  'customer-lock': 'what a customer holds is counted one hold after the other',
  'hold-key': "a hold's reservation id derives from its idempotency key",
  'charge-key': 'the same key is the same request to the payment provider',
  'driver-fence': 'only the answers of the driver that has the lease are written',
  'shut-expired': 'a reservation whose payment failed is never taken again',
  'outbox-in-transaction': 'a fact is written in the transaction that makes it one',
  'send-before-mark': 'the relay marks what it has sent, never what it is going to send',
  inbox: 'a message is remembered in the transaction of its effect',
  'conditional-check-in': 'a ticket is let in by one conditional update',
  'compare-and-delete': 'a seat lock is deleted only by whom it names',
  reconciler: 'somebody goes on with payments whose driver is gone',
} as const;
export type Guard = keyof typeof guards;

/** Which guards stand. */
export type Guarded = (guard: Guard) => boolean;
export const allBut =
  (off?: Guard): Guarded =>
  (guard) =>
    guard !== off;

/** A sale's conditions: without its guard it sells whatever its history names. */
export const saleRulesUnder = (guarded: Guarded): Rules =>
  guarded('conditional-confirm') ? rulesUnder(guarded) : { ...rules, heldFor: () => true, live: () => true, mustAgree: false };

/** The seat machine's conditions without the guard that is off. */
export function rulesUnder(guarded: Guarded): Rules {
  if (!guarded('fence')) return { ...rules, heldFor: (seat) => seat.status === 'AVAILABLE' };
  return guarded('expiry-condition') ? rules : { ...rules, claimable: (seat) => seat.status === 'AVAILABLE' };
}
