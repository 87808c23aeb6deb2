import type { PaymentMethod } from './order-document.ts';

/** The day of a moment in a zone: '26 November 2026'. */
export const dayText = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(at);

/** A start as papers print it: 'Saturday, 12 December 2026, 20:30 WET'. */
export function startText(startsAt: Date, timeZone: string): string {
  const weekday = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long' }).format(startsAt);
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(startsAt);
  return `${weekday}, ${dayText(startsAt, timeZone)}, ${time} ${zoneText(startsAt, timeZone)}`;
}

/** A zone's abbreviation at a moment. Each English knows its own: WET and CET only the British, EST only the American; 'GMT+5:45' where neither has a name. */
function zoneText(at: Date, timeZone: string): string {
  const names = ['en-GB', 'en-US', 'en-AU'].map(
    (locale) =>
      new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '',
  );
  return names.find((name) => !/^(GMT|UTC)[+-]/.test(name)) ?? names[0] ?? timeZone;
}

/** How an order was paid, as a receipt says it. */
export function methodText(method: PaymentMethod): string {
  switch (method) {
    case 'online':
      return 'Online';
    case 'bank-transfer':
      return 'Bank transfer';
    case 'at-door':
      return 'At the door';
    default:
      return method satisfies never;
  }
}
