import { setImmediate as otherWork } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { fontsFor } from './fonts.ts';
import type { OrderDocument } from './order-document.ts';
import { drawReceiptPages } from './receipt-pages.ts';
import { page, type Sheet } from './sheet.ts';
import { ticketPages } from './ticket-page.ts';
import { typesetter } from './typeset.ts';

/**
 * The papers of an order as one PDF of A6 pages: its receipt, then a page for every ticket. The same order gives the same bytes.
 * Throws an Error, which is a bug of the caller, for a ticket whose seat the order does not have and for an image that is no PNG.
 */
export async function orderPdf(order: OrderDocument): Promise<Buffer> {
  const fonts = await fontsFor(JSON.stringify(order));
  const pdf = new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    autoFirstPage: false,
    bufferPages: true,
    pdfVersion: '1.7',
    lang: 'en',
    displayTitle: true,
    info: {
      Title: `Tickets and receipt ${order.receiptNumber}: ${order.event.name}`,
      Author: order.organiser.name,
      CreationDate: order.paidAt,
      ModDate: order.paidAt,
    },
  });
  const written = bytesOf(pdf);
  for (const [name, { file }] of fonts) pdf.registerFont(name, file);
  const sheet: Sheet = { pdf, typeset: typesetter(fonts), y: 0 };
  drawReceiptPages(sheet, order);
  const drawTicket = ticketPages(sheet, order);
  for (const ticket of order.tickets) {
    drawTicket(ticket);
    await otherWork(); // payments go on while a hundred tickets are drawn
  }
  pdf.end();
  return written;
}

function bytesOf(pdf: PDFKit.PDFDocument): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
  });
}
