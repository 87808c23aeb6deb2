import type { EventStatement, PaymentMethod } from '@boxoffice/contracts';
import type { z } from 'zod';
import type { EventFacts } from './event-payments.ts';

type Counted = { payments: number; refunds: number; capturedMinor: number; refundedMinor: number; feesMinor: number };
/** Money that moved on one day of the event's time zone, by one method. */
export type DayOfMethod = Counted & { day: string; method: PaymentMethod };

const nothing: Counted = { payments: 0, refunds: 0, capturedMinor: 0, refundedMinor: 0, feesMinor: 0 };
const plus = (sums: Counted, row: Counted): Counted => ({
  payments: sums.payments + row.payments,
  refunds: sums.refunds + row.refunds,
  capturedMinor: sums.capturedMinor + row.capturedMinor,
  refundedMinor: sums.refundedMinor + row.refundedMinor,
  feesMinor: sums.feesMinor + row.feesMinor,
});
const withNet = <T extends Counted>(sums: T) => ({ ...sums, netMinor: sums.capturedMinor - sums.refundedMinor });

/** The statement of an event. Every number is a sum of the same rows, so total = Σ methods = Σ days. */
export function statementOf(event: EventFacts, rows: readonly DayOfMethod[], asOf: Date): z.input<typeof EventStatement> {
  const methods = [...Map.groupBy(rows, ({ method }) => method)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    eventId: event.eventId,
    eventName: event.name,
    currency: event.currency,
    timeZone: event.timeZone,
    asOf,
    total: withNet(rows.reduce(plus, nothing)),
    byMethod: methods.map(([method, ofMethod]) => ({ method, ...withNet(ofMethod.reduce(plus, nothing)) })),
    byDay: rows.map(withNet),
  };
}

/** Of the CSV, in this order. */
export const statementColumns = [
  ...['event', 'day', 'method', 'payments', 'refunds'],
  ...['captured_minor', 'refunded_minor', 'fees_minor', 'net_minor', 'currency'],
];

/** One row per day and method, then one per method and one of all with 'total' for the day. */
export function statementRows({ eventName, currency, byDay, byMethod, total }: z.input<typeof EventStatement>): (string | number)[][] {
  const row = (day: string, method: string, sums: (typeof byDay)[number] | typeof total) => [
    ...[eventName, day, method, sums.payments, sums.refunds],
    ...[sums.capturedMinor, sums.refundedMinor, sums.feesMinor, sums.netMinor, currency],
  ];
  return [
    ...byDay.map((day) => row(day.day, day.method, day)),
    ...byMethod.map((sums) => row('total', sums.method, { ...sums })),
    row('total', 'all', total),
  ];
}
