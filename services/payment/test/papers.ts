import { createCanvas } from '@napi-rs/canvas';
import jsqr from 'jsqr';
import { getDocument, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { toBuffer } from 'qrcode';
import type { OrderDocument, OrderTicket } from '../src/documents/order-document.ts';

/** Its types describe an ES module, Node loads its CommonJS one. */
const readCode = jsqr as unknown as typeof jsqr.default;
const pixelsPerPoint = 3;
export const mm = 72 / 25.4;

/** As long as ours are: 'BO1.', a payload of 150 characters, a signature of 86. */
export const codeOf = (ticketId: string): string => `BO1.${ticketId.padEnd(150, 'x')}.${'s'.repeat(86)}`;

/** An order of `seats` seats at 42.50 each, with one ticket a seat. */
export async function anOrder({ seats = 2, ...changed }: { seats?: number } & Partial<Omit<OrderDocument, 'seats'>> = {}): Promise<OrderDocument> {
  const sold = Array.from({ length: seats }, (_, index) => ({
    seatId: `seat-${index + 1}`,
    label: `Stalls C ${index + 1}`,
    category: 'First price',
    priceMinor: 4_250,
  }));
  return {
    organiser: { name: 'Teatro del Mar S.L.', address: 'Calle Mayor 12\n35001 Las Palmas', taxId: 'B12345678' },
    paymentId: '0190b6b2-7c1e-7aaa-8bbb-0123456789ab',
    receiptNumber: '2026-000123',
    paidAt: new Date('2026-11-25T23:30:00Z'),
    method: 'online',
    event: {
      eventId: '0190b6b2-7c1e-7aaa-8bbb-00000000e000',
      name: 'La Bohème – Ópera en cuatro actos',
      venue: 'Auditorio Alfredo Kraus',
      startsAt: new Date('2026-12-12T20:30:00Z'),
      timeZone: 'Atlantic/Canary',
      status: 'PUBLISHED',
    },
    seats: sold,
    feeMinor: 0,
    currency: 'EUR',
    amountMinor: 4_250 * seats,
    refunds: [],
    tickets: await Promise.all(sold.map(({ seatId, label, category }, index) => aTicket({ seatId, label, category }, index + 1))),
    ...changed,
  };
}

async function aTicket(seat: Pick<OrderTicket, 'seatId' | 'label' | 'category'>, number: number): Promise<OrderTicket> {
  const ticketId = `0190b6b2-7c1e-7aaa-8bbb-${String(number).padStart(12, '0')}`;
  // In grey, as ticketing writes them: pdfkit takes such an image as it is.
  const png = await toBuffer([{ data: Buffer.from(codeOf(ticketId)), mode: 'byte' }], { margin: 4, scale: 4, rendererOpts: grey });
  return { ...seat, ticketId, status: 'ACTIVE', qrPngBase64: png.toString('base64') };
}
const grey = { colorType: 0, inputHasAlpha: true } as object;

/** Where something stands on a page: points from its lower left corner. */
export type Box = { text: string; left: number; right: number; bottom: number; top: number };
/** `shown` is the page's text without any white space, to find what lines were broken in. */
export type Page = { width: number; height: number; boxes: Box[]; lines: string; shown: string; render(): Promise<Picture> };
/** A page in pixels, and the code read from it; `box` is the code's dark square, `quiet` whether four modules around it are white. */
export type Picture = { png: Buffer; code: { text: string; box: Box; quiet: boolean } | undefined };

/** Reads a PDF by other code than what wrote it. */
export async function readPapers(pdf: Buffer) {
  const paper = await getDocument({ data: new Uint8Array(pdf), verbosity: 0 }).promise;
  const { info } = (await paper.getMetadata()) as { info: Record<string, unknown> };
  const pages: Page[] = [];
  for (let number = 1; number <= paper.numPages; number++) pages.push(await readPage(await paper.getPage(number)));
  return { info, pages };
}

async function readPage(page: PDFPageProxy): Promise<Page> {
  const { width, height } = page.getViewport({ scale: 1 });
  const { items } = await page.getTextContent();
  const boxes = items.flatMap((item): Box[] => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [, , , size = 0, left = 0, baseline = 0] = item.transform as number[];
    return [{ text: item.str, left, right: left + item.width, bottom: baseline - 0.2 * size, top: baseline + 0.75 * size }];
  });
  const lines = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
  return { width, height, boxes, lines, shown: lines.replace(/\s+/gu, ''), render: () => picture(page) };
}

async function picture(page: PDFPageProxy): Promise<Picture> {
  const viewport = page.getViewport({ scale: pixelsPerPoint });
  const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height));
  const context = canvas.getContext('2d');
  await page.render({ canvas: canvas as never, canvasContext: context as never, viewport }).promise;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const found = readCode(data, canvas.width, canvas.height);
  const png = canvas.toBuffer('image/png');
  if (!found) return { png, code: undefined };
  const { topLeftCorner, topRightCorner, bottomLeftCorner } = found.location;
  const side = topRightCorner.x - topLeftCorner.x;
  const border = (side / (17 + 4 * found.version)) * 3.5; // half a module for what the reader rounds
  const isWhite = (x: number, y: number): boolean => (data[(Math.round(y) * canvas.width + Math.round(x)) * 4] ?? 0) > 250;
  let quiet = true;
  for (let step = -border; step <= side + border; step++) {
    const [left, top, across, down] = [topLeftCorner.x, topLeftCorner.y, topLeftCorner.x + step, topLeftCorner.y + step];
    for (let away = 3; away <= border; away++) {
      quiet &&= isWhite(across, top - away) && isWhite(across, top + side + away) && isWhite(left - away, down) && isWhite(left + side + away, down);
    }
  }
  const points = (pixels: number): number => pixels / pixelsPerPoint;
  const box = {
    text: found.data,
    left: points(topLeftCorner.x),
    right: points(topRightCorner.x),
    top: points(canvas.height - topLeftCorner.y),
    bottom: points(canvas.height - bottomLeftCorner.y),
  };
  return { png, code: { text: found.data, box, quiet } };
}

/** What is wrong with where things stand: outside of the page, or over one another by more than rounding. */
export function misplaced({ width, height, boxes }: Page, others: readonly Box[] = []): string[] {
  const all = [...boxes, ...others];
  const outside = all.filter(({ left, right, bottom, top }) => left < 10 || right > width - 10 || bottom < 10 || top > height - 10);
  const overlapping = all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((two) => Math.min(one.right, two.right) - Math.max(one.left, two.left) > 0.6)
      .filter((two) => Math.min(one.top, two.top) - Math.max(one.bottom, two.bottom) > 0.6)
      .map((two) => `'${one.text}' over '${two.text}'`),
  );
  return [...outside.map(({ text }) => `'${text}' outside`), ...overlapping];
}
