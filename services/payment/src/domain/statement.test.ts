import { randomUUID } from 'node:crypto';
import { csvOf } from '@boxoffice/service-kit';
import { describe, expect, it } from 'vitest';
import type { EventFacts } from './event-payments.ts';
import { type DayOfMethod, statementColumns, statementOf, statementRows } from './statement.ts';
import { differencesOf, type Movement, type OurMovement } from './statement-comparison.ts';

const facts: EventFacts = {
  ...{ eventId: randomUUID(), organisationId: randomUUID(), revision: 1, name: '=HYPERLINK("x")', venue: 'v' },
  ...{ startsAt: new Date(0), timeZone: 'UTC', currency: 'EUR', status: 'PUBLISHED' },
};
const day = (row: Partial<DayOfMethod>): DayOfMethod => ({
  ...{ day: '2027-01-01', method: 'online', payments: 1, refunds: 0, capturedMinor: 1000, refundedMinor: 0, feesMinor: 100 },
  ...row,
});

describe('a statement', () => {
  const rows = [day({}), day({ method: 'at-door', capturedMinor: 500, feesMinor: 0 }), day({ day: '2027-01-02', refunds: 1, refundedMinor: 300 })];
  const statement = statementOf(facts, rows, new Date(0));

  it('adds up: total = Σ methods = Σ days', () => {
    expect(statement.total).toEqual({ payments: 3, refunds: 1, capturedMinor: 2500, refundedMinor: 300, feesMinor: 200, netMinor: 2200 });
    for (const parts of [statement.byMethod, statement.byDay]) {
      expect(parts.reduce((sum, { netMinor }) => sum + netMinor, 0)).toBe(2200);
      expect(parts.reduce((sum, { feesMinor }) => sum + feesMinor, 0)).toBe(200);
    }
  });

  it('as CSV has its days and its totals, and runs no formula', () => {
    const lines = csvOf(statementColumns, statementRows(statement)).split('\r\n');
    expect(lines[0]).toBe('event,day,method,payments,refunds,captured_minor,refunded_minor,fees_minor,net_minor,currency');
    expect(lines[1]).toBe(`"'=HYPERLINK(""x"")",2027-01-01,online,1,0,1000,0,100,1000,EUR`);
    expect(lines.slice(4, 7).map((line) => line.split(',').slice(1).join(','))).toEqual([
      'total,at-door,1,0,500,0,0,500,EUR',
      'total,online,2,1,2000,300,200,1700,EUR',
      'total,all,3,1,2500,300,200,2200,EUR',
    ]);
  });
});

describe('beside the provider’s list', () => {
  const paymentId = randomUUID();
  const charge = `${paymentId}:authorising`;
  const mine: OurMovement = {
    ...{ kind: 'capture', paymentId, provider: 'test', accountId: null, charge, key: null },
    ...{ amountMinor: 1000, currency: 'EUR', at: new Date(0) },
  };
  const theirs: Movement = { kind: 'capture', charge, key: 'their own', amountMinor: 1000, currency: 'EUR', at: new Date(9) };
  const refund = { kind: 'refund' as const, key: 'r1', amountMinor: 400 };

  it('the same movements are no difference, whatever the times', () => {
    expect(differencesOf('test', [mine, { ...mine, ...refund }], [{ ...theirs, ...refund }, theirs])).toEqual([]);
  });

  it.each([
    ['missing-at-provider', [mine], [], { oursMinor: 1000, theirsMinor: null, key: null }],
    ['missing-here', [], [theirs], { oursMinor: null, theirsMinor: 1000, paymentId }],
    ['amount-differs', [mine], [{ ...theirs, amountMinor: 999 }], { oursMinor: 1000, theirsMinor: 999 }],
    ['currency-differs', [mine], [{ ...theirs, currency: 'GBP' }], { oursMinor: 1000, theirsMinor: 1000 }],
    ['missing-here', [mine], [theirs, { ...theirs, ...refund }], { kind: 'refund', key: 'r1', theirsMinor: 400 }],
    [
      'missing-at-provider',
      [mine, { ...mine, ...refund }],
      [theirs, { ...theirs, ...refund, key: 'r2', amountMinor: 400 }],
      { kind: 'refund', key: 'r1' },
    ],
  ])('%s is named', (what, ours, list, more) => {
    expect(differencesOf('test', ours, list)[0]).toMatchObject({ what, charge, provider: 'test', ...more });
  });
});
