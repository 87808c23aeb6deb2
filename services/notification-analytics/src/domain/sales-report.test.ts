import { describe, expect, it } from 'vitest';
import { reportable, reportFileName, reportOf } from './sales-report.ts';

const event = {
  eventId: '019a0000-0000-7000-8000-00000000000e',
  organisationId: 'org-1',
  name: 'Café de Flore: Año 2026!',
  currency: 'EUR',
  timeZone: 'Atlantic/Canary',
};
const asOf = new Date('2026-11-22T12:00:00Z');
const someone = (...memberships: [string, 'owner' | 'manager' | 'box-office' | 'door'][]) => ({
  kind: 'user' as const,
  userId: 'u',
  guest: false,
  memberships: memberships.map(([organisationId, role]) => ({ organisationId, role })),
});
const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { refusal: unknown }).refusal;
  }
};

describe('reportOf', () => {
  it('adds up days and categories from the same rows', () => {
    const report = reportOf(
      event,
      [
        { day: '2026-11-21', category: 'B', sold: 2, revenueMinor: 3000, checkedIn: 0 },
        { day: '2026-11-21', category: 'A', sold: 1, revenueMinor: 5000, checkedIn: 0 },
        { day: '2026-11-22', category: 'A', sold: 1, revenueMinor: 5000, checkedIn: 0 },
        { day: '2026-12-01', category: 'A', sold: 0, revenueMinor: 0, checkedIn: 2 },
      ],
      asOf,
    );
    expect(report.total).toEqual({ sold: 4, revenueMinor: 13_000, checkedIn: 2 });
    expect(report.byCategory).toEqual([
      { category: 'A', sold: 2, revenueMinor: 10_000, checkedIn: 2 },
      { category: 'B', sold: 2, revenueMinor: 3000, checkedIn: 0 },
    ]);
    expect(report.byDay).toEqual([
      { day: '2026-11-21', sold: 3, revenueMinor: 8000 },
      { day: '2026-11-22', sold: 1, revenueMinor: 5000 },
    ]);
  });
  it('is empty before the first sale', () => {
    expect(reportOf(event, [], asOf)).toMatchObject({ total: { sold: 0, revenueMinor: 0, checkedIn: 0 }, byCategory: [], byDay: [] });
  });
});

describe('reportable', () => {
  it('is for managers and owners', () => {
    expect(reportable(event, someone(['org-1', 'manager']))).toBe(event);
    expect(reportable(event, someone(['org-2', 'door'], ['org-1', 'owner']))).toBe(event);
  });
  it('tells colleagues which role it takes', () => {
    expect(refusalOf(() => reportable(event, someone(['org-1', 'box-office'])))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    expect(refusalOf(() => reportable(event, someone(['org-1', 'door'], ['org-2', 'owner'])))).toMatchObject({ code: 'ROLE_REQUIRED' });
  });
  it('tells strangers nothing', () => {
    expect(refusalOf(() => reportable(event, someone(['org-2', 'owner'])))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
    expect(refusalOf(() => reportable(undefined, someone(['org-1', 'owner'])))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
  });
});

describe('reportFileName', () => {
  it('holds letters, digits and hyphens only', () => {
    expect(reportFileName(event, asOf)).toBe('sales-cafe-de-flore-ano-2026-2026-11-22.csv');
    expect(reportFileName({ ...event, name: '../../etc/passwd"\r\nX: y' }, asOf)).toBe('sales-etc-passwd-x-y-2026-11-22.csv');
    expect(reportFileName({ ...event, name: '東京' }, asOf)).toBe(`sales-${event.eventId}-2026-11-22.csv`);
  });
});
