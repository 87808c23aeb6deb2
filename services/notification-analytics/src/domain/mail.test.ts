import { describe, expect, it } from 'vitest';
import { type MailEvent, ticketsMail } from './mail.ts';
import { escapeHtml, momentText, moneyText } from './mail-text.ts';

const event: MailEvent = {
  name: 'Noche <b>de</b> "Jazz" & \'más\'',
  venue: 'Paraninfo <script>',
  startsAt: new Date('2026-07-31T23:30:00Z'),
  timeZone: 'Atlantic/Canary',
};
const ticket = (label: string, ticketId = '019a0000-0000-7000-8000-000000000001') => ({
  ticketId,
  label,
  category: 'Platea <A>',
  qrPngBase64: 'iVBORw0KGgo=',
});

describe('ticketsMail', () => {
  const mail = ticketsMail({ name: 'Ana <img onerror=x>' }, event, [
    ticket('Platea C "14"'),
    ticket('Platea C 15', '019a0000-0000-7000-8000-000000000002'),
  ]);

  it('names the event in the subject', () => {
    expect(mail.subject).toBe(`Your 2 tickets: ${event.name}`);
    expect(ticketsMail({ name: null }, event, [ticket('A 1')]).subject).toBe(`Your ticket: ${event.name}`);
  });

  it('lets no text of others become HTML', () => {
    expect(mail.html).not.toMatch(/<script>|<b>|<img onerror|<A>/);
    expect(mail.html).toContain('Noche &lt;b&gt;de&lt;/b&gt; &quot;Jazz&quot; &amp; &#39;más&#39;');
    expect(mail.html).toContain('alt="QR code of Platea C &quot;14&quot;"');
  });

  it('shows every QR image by its cid, and every seat in words', () => {
    expect(mail.images).toHaveLength(2);
    for (const image of mail.images) expect(mail.html).toContain(`src="cid:${image.cid}"`);
    expect(mail.images.map((image) => image.fileName)).toEqual(['ticket-1-Platea-C-14-.png', 'ticket-2-Platea-C-15.png']);
    expect(mail.text).toContain('- Platea C 15 (Platea <A>)');
  });

  it("tells the start in the event's time zone", () => {
    expect(mail.text).toContain('Saturday, 1 August 2026 at 00:30 (Atlantic/Canary)');
  });

  it('greets without a name', () => {
    expect(ticketsMail({ name: null }, event, [ticket('A 1')]).text).toMatch(/^Hello,\n/);
  });
});

describe('the words of a mail', () => {
  it('escapes what HTML reads', () => {
    expect(escapeHtml(`<a href="x" title='y'>&</a>`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;');
  });
  it('writes amounts with the digits of their currency', () => {
    expect(moneyText(4250, 'EUR')).toBe('€42.50');
    expect(moneyText(4200, 'JPY')).toMatch(/4,200$/);
    expect(moneyText(1234, 'KWD')).toMatch(/1\.234$/);
  });
  it('follows daylight-saving time', () => {
    expect(momentText(new Date('2026-03-29T00:30:00Z'), 'Atlantic/Canary')).toBe('Sunday, 29 March 2026 at 00:30 (Atlantic/Canary)');
    expect(momentText(new Date('2026-03-29T01:30:00Z'), 'Atlantic/Canary')).toBe('Sunday, 29 March 2026 at 02:30 (Atlantic/Canary)');
  });
});
