import { moneyIn } from '@boxoffice/contracts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** An amount in minor units as people read it: '€42.50', '¥4,200'. */
export const moneyText = (amountMinor: number, currency: string): string => moneyIn(currency)(amountMinor);

/** A moment in an IANA time zone, zone named: 'Saturday, 12 December 2026 at 20:30 (Atlantic/Canary)'. */
export function momentText(moment: Date, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(moment);
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(moment);
  return `${day} at ${time} (${timeZone})`;
}

/** How a mail begins. */
export const hello = (name: string | null): string => (name ? `Hello ${name},` : 'Hello,');

/** A whole HTML mail around blocks that are already safe; styles inline, because mail readers drop everything else. */
export const page = (title: string, blocks: readonly string[]): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>` +
  `<body style="font-family:sans-serif;font-size:16px;line-height:1.4;color:#111;max-width:36em;margin:16px">\n${blocks.join('\n')}\n</body></html>\n`;
