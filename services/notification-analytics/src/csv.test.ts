import { expect, it } from 'vitest';
import { reportCsv } from './csv.ts';

const event = { eventId: 'e', name: '=HYPERLINK("https://example.org";"Jazz")', currency: 'EUR', timeZone: 'Europe/Madrid' };
const row = (category: string) => ({ day: '2026-11-22', category, sold: 1, revenueMinor: 500, checkedIn: 0 });

it('is RFC 4180 with a header and CRLF', () => {
  const csv = reportCsv({ ...event, name: 'Jazz, "live"' }, [row('A\nB')]);
  expect(csv).toBe('event,day,category,sold,revenue_minor,currency,checked_in\r\n"Jazz, ""live""",2026-11-22,"A\nB",1,500,EUR,0\r\n');
});

it('has a header even without sales', () => {
  expect(reportCsv(event, [])).toBe('event,day,category,sold,revenue_minor,currency,checked_in\r\n');
});

it.each(['=1+1', '+SUM(1)', '-HYPERLINK(1)', '@SUM(A1)', '\t=1', '\r=1', '＝1', '＋2+5', '－2+5', '＠SUM'])(
  'a spreadsheet does not run %j',
  (words) => {
    const csv = reportCsv({ ...event, name: words }, [row(words)]);
    expect(csv.split(`'${words}`)).toHaveLength(3);
    expect(csv.split(words)).toHaveLength(3);
  },
);
