import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { anOrder, codeOf, misplaced, mm, type Page, readPapers } from '../../test/papers.ts';
import type { OrderDocument, OrderEvent } from './order-document.ts';
import { orderPdf } from './order-pdf.ts';

vi.setConfig({ testTimeout: 120_000 }); // pages are rendered in JavaScript
afterEach(() => void vi.useRealTimers());

/** Set PAPERS to a folder to look at what the tests have read. */
const folder = process.env.PAPERS;
const papersOf = async (order: OrderDocument) => readPapers(await orderPdf(order));
const pageOf = (pages: readonly Page[], number: number): Page => {
  const page = pages.at(number);
  if (!page) throw new Error(`There is no page ${number}.`);
  return page;
};
const pictureOf = async (page: Page, name: string) => {
  const picture = await page.render();
  if (folder) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/${name}.png`, picture.png);
  }
  return picture;
};
const within = (text: string): string => text.replace(/\s+/gu, '');
const canary = (await anOrder()).event;
const eventWith = (changed: Partial<OrderEvent>): OrderEvent => ({ ...canary, ...changed });

describe('the receipt', () => {
  it('names who sold, what for, when and how it was paid, in the time of the event', async () => {
    const order = await anOrder({
      feeMinor: 150,
      amountMinor: 8_650,
      method: 'bank-transfer',
      refunds: [{ at: new Date('2026-12-01T10:00:00Z'), amountMinor: 4_250 }],
      event: eventWith({ timeZone: 'Asia/Kathmandu' }),
    });
    const { pages } = await papersOf(order);
    const receipt = pageOf(pages, 0);
    for (const words of [
      'Teatro del Mar S.L.',
      'Calle Mayor 12\n35001 Las Palmas\nTax id: B12345678',
      'Receipt number 2026-000123',
      'Date of payment 26 November 2026',
      'Paid Bank transfer',
      'La Bohème – Ópera en cuatro actos\nAuditorio Alfredo Kraus\nSunday, 13 December 2026, 02:15 GMT+5:45',
      'Stalls C 1 €42.50 First price',
      'Stalls C 2 €42.50 First price',
      'Fees €1.50',
      'Total €86.50',
      'Refund of 1 December 2026 -€42.50',
      'Remains €44.00',
      'Payment 0190b6b2-7c1e-7aaa-8bbb-0123456789ab',
    ]) {
      for (const word of words.split(/[\n ]/)) expect(receipt.shown).toContain(within(word));
      if (words.includes('\n')) expect(receipt.shown).toContain(within(words));
    }
    await pictureOf(receipt, 'receipt');
  });

  it('has no line for what is not there: address, tax id, fees, refunds', async () => {
    const { pages } = await papersOf(await anOrder({ organiser: { name: 'Mar', address: null, taxId: null } }));
    expect(pageOf(pages, 0).shown).not.toMatch(/Taxid|Fees|Refund|Remains|null/);
  });

  it.each([
    ['JPY', ['JP¥4,250', 'JP¥8,500'], '.'],
    ['KWD', ['KWD 4.250', 'KWD 8.500'], ','],
    ['USD', ['US$42.50', 'US$85.00'], ','],
  ])('writes %s with as many digits as it has', async (currency, amounts, never) => {
    const { pages } = await papersOf(await anOrder({ currency }));
    const prices = pages.map(({ boxes }) => boxes.map(({ text }) => text).filter((text) => /\d/.test(text) && /¥|KWD|\$/.test(text)));
    expect(new Set(prices.flat().map((text) => text.replace(/\s/gu, ' ')))).toEqual(new Set(amounts));
    expect(prices.flat().join('')).not.toContain(never);
  });

  it('of a hundred seats fills several numbered pages, and every seat stands on it once', async () => {
    const { pages } = await papersOf(await anOrder({ seats: 100 }));
    const receipt = pages.filter(({ lines }) => lines.includes('Receipt 2026-000123, page'));
    expect(pages.length).toBe(receipt.length + 100);
    expect(receipt.length).toBeGreaterThan(3);
    const labels = receipt.flatMap(({ boxes }) => boxes.map(({ text }) => text).filter((text) => text.startsWith('Stalls')));
    expect(labels).toEqual(Array.from({ length: 100 }, (_, index) => `Stalls C ${index + 1}`));
    for (const [index, { lines }] of receipt.entries()) expect(lines).toContain(`page ${index + 1} of ${receipt.length}`);
    expect(receipt.flatMap((page) => misplaced(page))).toEqual([]);
    expect(receipt.at(-1)?.shown).toContain(within('Total €4,250.00'));
  });
});

describe('a ticket', () => {
  it('shows a code that reads as the ticket, at least 45 mm wide and with its quiet zone', async () => {
    const order = await anOrder();
    const { pages } = await papersOf(order);
    expect(pages.length).toBe(3);
    for (const [index, ticket] of order.tickets.entries()) {
      const page = pageOf(pages, index + 1);
      const { code } = await pictureOf(page, `ticket-${index + 1}`);
      expect(code?.text).toBe(codeOf(ticket.ticketId));
      expect(code && (code.box.right - code.box.left) / mm).toBeGreaterThan(45);
      expect(code?.quiet).toBe(true);
      expect(misplaced(page, code && [code.box])).toEqual([]);
      const words = [order.event.name, order.event.venue, 'Saturday, 12 December 2026, 20:30 WET', ticket.label, 'First price', '€42.50'];
      for (const word of [...words, order.organiser.name, ticket.ticketId]) expect(page.shown).toContain(within(word));
      expect(page.shown).not.toMatch(/CANCELLED|USED/);
    }
  });

  it('that was used says so; one that was cancelled says so and shows no code', async () => {
    const order = await anOrder();
    const [used, cancelled] = order.tickets;
    if (!used || !cancelled) throw new Error('Two tickets are needed.');
    const { pages } = await papersOf({
      ...order,
      tickets: [
        { ...used, status: 'USED' },
        { ...cancelled, status: 'CANCELLED' },
      ],
    });
    expect(pageOf(pages, 1).shown).toContain('USED');
    const picture = await pictureOf(pageOf(pages, 1), 'ticket-used');
    expect(picture.code?.text).toBe(codeOf(used.ticketId));
    expect(misplaced(pageOf(pages, 1), picture.code && [picture.code.box])).toEqual([]);
    expect(pageOf(pages, 2).shown).toContain('CANCELLED');
    expect((await pictureOf(pageOf(pages, 2), 'ticket-cancelled')).code).toBeUndefined();
    expect(misplaced(pageOf(pages, 2))).toEqual([]);
  });

  it('of a cancelled event says so, and so does the receipt', async () => {
    const { pages } = await papersOf(await anOrder({ seats: 1, event: eventWith({ status: 'CANCELLED' }) }));
    expect(pageOf(pages, 0).lines).toContain('This event is cancelled.');
    expect(pageOf(pages, 1).lines).toContain('EVENT CANCELLED');
  });

  it('for a seat that the order does not have is a bug, and so is an image that is none', async () => {
    const order = await anOrder({ seats: 1 });
    const [ticket] = order.tickets;
    if (!ticket) throw new Error('A ticket is needed.');
    await expect(orderPdf({ ...order, tickets: [{ ...ticket, seatId: 'other' }] })).rejects.toThrow(`Ticket ${ticket.ticketId} is for a seat`);
    await expect(orderPdf({ ...order, tickets: [{ ...ticket, qrPngBase64: 'bm8gaW1hZ2U=' }] })).rejects.toThrow('Unknown image format');
  });
});

describe('names of people', () => {
  const longNames: [string, string][] = [
    ['words', 'A very long name of an event that goes on and '.repeat(5).slice(0, 199).concat('.')],
    ['one-word', 'Donaudampfschifffahrt'.repeat(10).slice(0, 200)],
    ['wide', 'WM'.repeat(100)],
    ['japanese', '東京フィルハーモニー交響楽団'.repeat(15).slice(0, 200)],
    ['arabic', 'مهرجان الموسيقى في دبي '.repeat(9).slice(0, 199).concat('ي')],
  ];
  it.each(longNames)('of 200 characters are whole, stay on the page and leave the code readable: %s', async (name, text) => {
    expect(text.length).toBe(200);
    const order = await anOrder({ seats: 1, event: eventWith({ name: text, venue: text }), organiser: { name: text, address: text, taxId: null } });
    const seats = order.seats.map((seat) => ({ ...seat, category: text.slice(0, 60), label: text }));
    const tickets = order.tickets.map((ticket) => ({ ...ticket, status: 'USED' as const, category: text.slice(0, 60), label: text }));
    const { pages } = await papersOf({ ...order, seats, tickets });
    for (const page of pages.slice(0, -1)) expect(misplaced(page)).toEqual([]);
    const ticket = pageOf(pages, -1);
    const { code } = await pictureOf(ticket, `long-${name}`);
    expect(code?.text).toBe(codeOf(order.tickets[0]?.ticketId ?? ''));
    expect(misplaced(ticket, code && [code.box])).toEqual([]);
    // Counted by character: a reader of PDFs puts lines of right-to-left texts together in its own order.
    const letters = (shown: string): number => [...shown].filter((letter) => /\p{L}/u.test(letter) && text.includes(letter)).length;
    expect(letters(ticket.shown)).toBeGreaterThanOrEqual(letters(text) * 4 + letters(text.slice(0, 60)));
  });

  it('that no page could hold are cut with a mark, and the code stays', async () => {
    const order = await anOrder({ seats: 1, event: eventWith({ name: 'endless '.repeat(500) }) });
    const { pages } = await papersOf(order);
    const { code } = await pictureOf(pageOf(pages, -1), 'endless');
    expect(code?.text).toBe(codeOf(order.tickets[0]?.ticketId ?? ''));
    expect(misplaced(pageOf(pages, -1), code && [code.box])).toEqual([]);
    expect(pageOf(pages, -1).shown).toContain('…');
    expect(pageOf(pages, -1).shown).toContain(within('Stalls C 1'));
  });

  it('keep their letters in every script', async () => {
    const names = ['Čeština Łódź ß €', 'Ελληνικά', 'Українська', 'Հայերեն', 'ქართული', '東京フィル', '서울', 'हिन्दी', 'ไทย', 'አማርኛ', '🎉'];
    const { pages } = await papersOf(
      await anOrder({
        seats: 1,
        event: eventWith({ name: names.join(' '), venue: 'تياترو دبي' }),
        organiser: { name: 'תיאטרון הבימה', address: null, taxId: null },
      }),
    );
    await pictureOf(pageOf(pages, 1), 'scripts');
    for (const page of pages) {
      for (const name of names) for (const character of within(name)) expect(page.shown.normalize('NFC')).toContain(character);
      for (const word of ['תיאטרון', 'הבימה', 'تياترو', 'دبي']) expect(page.shown).toContain(word);
      expect(misplaced(page)).toEqual([]);
    }
  });

  it('may hold what no font shows: control characters, half characters, private ones', async () => {
    const { pages } = await papersOf(await anOrder({ seats: 1, event: eventWith({ name: 'a\u0000b\n\u202ec\ud800d\ue000\u{10fffd}e' }) }));
    expect(pageOf(pages, 0).shown).toMatch(/abc\ufffdd.*e/u);
  });
});

describe('the file', () => {
  it('is the same bytes for the same order, whenever it is made', async () => {
    const order = await anOrder({ event: eventWith({ name: '東京 Ünïcödé' }) });
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
    const one = await orderPdf(order);
    vi.setSystemTime(new Date('2027-06-01T12:00:00Z'));
    expect((await orderPdf(order)).equals(one)).toBe(true);
    expect((await orderPdf({ ...order, paidAt: new Date('2026-11-26T00:00:01Z') })).equals(one)).toBe(false);
  });

  it('has a title, a language, the date of payment and pages of A6', async () => {
    const { info, pages } = await papersOf(await anOrder());
    expect(info).toMatchObject({
      Title: 'Tickets and receipt 2026-000123: La Bohème – Ópera en cuatro actos',
      Author: 'Teatro del Mar S.L.',
      Language: 'en',
      CreationDate: 'D:20261125233000Z',
      ModDate: 'D:20261125233000Z',
    });
    for (const { width, height } of pages) expect([Math.round(width / mm), Math.round(height / mm)]).toEqual([105, 148]);
  });
});
