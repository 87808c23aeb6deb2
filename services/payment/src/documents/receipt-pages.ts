import { moneyIn } from '@boxoffice/contracts';
import type { OrderDocument } from './order-document.ts';
import { drawLines, drawRule, ink, leading, page, type Sheet, textWidth } from './sheet.ts';
import type { Style } from './typeset.ts';
import { dayText, methodText, startText } from './wording.ts';

const small: Style = { size: 7.5, color: ink.soft };
const normal: Style = { size: 8.5 };
const strong: Style = { size: 8.5, bold: true };
const footStyle: Style = { size: 6, color: ink.soft };
/** Two lines of the foot and the space above them. */
const footHeight = 2 * leading(footStyle.size) + 8;
const bottom = page.height - page.margin - footHeight;
/** Space between what stands left and right on a line. */
const gutter = 10;

/** Draws the receipt of an order, on as many pages as it needs, each with the receipt's number and its own. */
export function drawReceiptPages(sheet: Sheet, order: OrderDocument): void {
  nextPage(sheet);
  drawSeller(sheet, order);
  drawFacts(sheet, order);
  drawEvent(sheet, order);
  drawSeats(sheet, order);
  drawSums(sheet, order);
  drawFeet(sheet, order);
}

function drawSeller(sheet: Sheet, { organiser }: OrderDocument): void {
  write(sheet, organiser.name, { size: 11, bold: true });
  for (const line of organiser.address?.split(/\r?\n/) ?? []) write(sheet, line, small);
  if (organiser.taxId) write(sheet, `Tax id: ${organiser.taxId}`, small);
}

function drawFacts(sheet: Sheet, { receiptNumber, paidAt, method, event }: OrderDocument): void {
  sheet.y += 12;
  write(sheet, 'Receipt', { size: 16, bold: true });
  sheet.y += 2;
  writeRow(sheet, { left: 'Receipt number', right: receiptNumber, style: normal });
  writeRow(sheet, { left: 'Date of payment', right: dayText(paidAt, event.timeZone), style: normal });
  writeRow(sheet, { left: 'Paid', right: methodText(method), style: normal });
}

function drawEvent(sheet: Sheet, { event }: OrderDocument): void {
  writeRule(sheet);
  write(sheet, event.name, { size: 10, bold: true });
  write(sheet, event.venue, normal);
  write(sheet, startText(event.startsAt, event.timeZone), normal);
  if (event.status === 'CANCELLED') write(sheet, 'This event is cancelled.', { ...strong, color: ink.alarm });
}

function drawSeats(sheet: Sheet, { seats, currency }: OrderDocument): void {
  writeRule(sheet);
  const money = moneyIn(currency);
  for (const { label, category, priceMinor } of seats) {
    writeRow(sheet, { left: label, right: money(priceMinor), style: normal, under: category });
    sheet.y += 2;
  }
}

function drawSums(sheet: Sheet, { feeMinor, amountMinor, refunds, currency, event }: OrderDocument): void {
  writeRule(sheet);
  const money = moneyIn(currency);
  if (feeMinor > 0) writeRow(sheet, { left: 'Fees', right: money(feeMinor), style: normal });
  writeRow(sheet, { left: 'Total', right: money(amountMinor), style: { size: 10, bold: true } });
  if (refunds.length === 0) return;
  for (const refund of refunds) {
    writeRow(sheet, { left: `Refund of ${dayText(refund.at, event.timeZone)}`, right: money(-refund.amountMinor), style: normal });
  }
  const remainsMinor = refunds.reduce((rest, refund) => rest - refund.amountMinor, amountMinor);
  writeRow(sheet, { left: 'Remains', right: money(remainsMinor), style: strong });
}

/** Numbers the pages once it is known how many there are. */
function drawFeet(sheet: Sheet, { receiptNumber, paymentId }: OrderDocument): void {
  const { start, count } = sheet.pdf.bufferedPageRange();
  for (let index = 0; index < count; index++) {
    sheet.pdf.switchToPage(start + index);
    sheet.y = page.height - page.margin - 2 * leading(footStyle.size);
    drawLines(sheet, sheet.typeset(`Receipt ${receiptNumber}, page ${index + 1} of ${count}`, footStyle, textWidth).slice(0, 1), footStyle, 'center');
    drawLines(sheet, sheet.typeset(`Payment ${paymentId}`, footStyle, textWidth), footStyle, 'center');
  }
}

function nextPage(sheet: Sheet): void {
  sheet.pdf.addPage();
  sheet.y = page.margin;
}

/** Starts a new page where `height` points do not fit any more. */
function makeRoom(sheet: Sheet, height: number): void {
  if (sheet.y + height > bottom) nextPage(sheet);
}

function write(sheet: Sheet, text: string, style: Style): void {
  for (const line of sheet.typeset(text, style, textWidth)) {
    makeRoom(sheet, leading(style.size));
    drawLines(sheet, [line], style);
  }
}

function writeRule(sheet: Sheet): void {
  makeRoom(sheet, 30);
  sheet.y += 7;
  drawRule(sheet);
  sheet.y += 5;
}

/** What it is on the left, on as many lines as it needs, how much on the right of the first; `under` in small print below. A row stays on one page. */
function writeRow(sheet: Sheet, { left, right, under = '', style }: { left: string; right: string; under?: string; style: Style }): void {
  const values = sheet.typeset(right, style, textWidth * 0.7);
  const width = textWidth - Math.max(0, ...values.map((line) => line.width)) - gutter;
  const lines = sheet.typeset(left, style, width);
  const notes = sheet.typeset(under, small, width);
  makeRoom(sheet, Math.max(values.length, lines.length) * leading(style.size) + notes.length * leading(small.size));
  const { y } = sheet;
  drawLines(sheet, lines, style); // left before right: the order in which the page is read aloud
  drawLines(sheet, notes, small);
  const below = sheet.y;
  sheet.y = y;
  drawLines(sheet, values, style, 'right');
  sheet.y = Math.max(sheet.y, below);
}
