import { moneyIn } from '@boxoffice/contracts';
import type { OrderDocument, OrderTicket } from './order-document.ts';
import { drawLine, drawLines, drawRule, ink, leading, page, type Sheet, textWidth } from './sheet.ts';
import type { Line, Style } from './typeset.ts';
import { startText } from './wording.ts';

/** A text of a ticket at its natural size; `space` in points before it, `right` stands at the right border of its first line. */
type Piece = { text: string; style: Style; space: number; right?: string; ruled?: boolean };
type SetPiece = Piece & { lines: Line[]; rightLine: Line | undefined };

/** Side of the image with its quiet zone. 150 pt are 53 mm: our codes have at least 57 modules of 65 (190 bytes, version 10), so the dark square has 46 mm. */
const qrSide = { least: 150, most: 190 };
const idStyle: Style = { size: 6, color: ink.soft };
const banner = { height: 24, gap: 6 };
/** Long names shrink the texts of a ticket, never its code. */
const scales = [1, 0.88, 0.76, 0.66, 0.56, 0.48, 0.4, 0.33];
const leastSize = 6;

/** Draws tickets of an order, each when it is asked for and on a page of its own. */
export function ticketPages(sheet: Sheet, order: OrderDocument): (ticket: OrderTicket) => void {
  const { event } = order;
  const starts = startText(event.startsAt, event.timeZone); // Intl's formats are dear: once for all tickets
  const money = moneyIn(order.currency);
  const foot = page.height - page.margin - leading(idStyle.size);
  return (ticket) => {
    const seat = order.seats.find(({ seatId }) => seatId === ticket.seatId);
    if (!seat) throw new Error(`Ticket ${ticket.ticketId} is for a seat that its order does not have.`);
    sheet.pdf.addPage();
    sheet.y = page.margin;
    const words = bannerOf(order, ticket);
    const room = foot - page.margin - qrSide.least - banner.gap - (words ? banner.height + banner.gap : 0);
    drawPieces(sheet, fitted(sheet, piecesOf(order, ticket, { starts, price: money(seat.priceMinor) }), room));
    if (ticket.status === 'CANCELLED') drawCancelled(sheet, foot);
    else drawCode(sheet, ticket, { words, foot });
    sheet.y = foot;
    drawLines(sheet, sheet.typeset(`Ticket ${ticket.ticketId}`, idStyle, textWidth), idStyle, 'center');
  };
}

/** What a door must know before it reads the code. */
function bannerOf({ event }: OrderDocument, { status }: OrderTicket): string | undefined {
  if (status === 'CANCELLED') return undefined; // it shows no code
  if (status === 'USED') return 'USED';
  return event.status === 'CANCELLED' ? 'EVENT CANCELLED' : undefined;
}

function piecesOf({ organiser, event }: OrderDocument, ticket: OrderTicket, { starts, price }: { starts: string; price: string }): Piece[] {
  return [
    { text: organiser.name, style: { size: 7.5, color: ink.soft }, space: 0 },
    { text: event.name, style: { size: 16, bold: true }, space: 4 },
    { text: event.venue, style: { size: 9.5 }, space: 3 },
    { text: starts, style: { size: 9.5, bold: true }, space: 2 },
    { text: ticket.label, style: { size: 18, bold: true }, space: 14, ruled: true },
    { text: ticket.category, style: { size: 10 }, space: 1, right: price },
  ];
}

/** Pieces at the largest scale that fits into `height` points. If even the smallest does not, the longest are cut and say so with '…'. */
function fitted(sheet: Sheet, pieces: readonly Piece[], height: number): SetPiece[] {
  let set: SetPiece[] = [];
  for (const scale of scales) {
    set = pieces.map((piece) => setPiece(sheet, piece, scale));
    if (heightOf(set) <= height) return set;
  }
  while (heightOf(set) > height) cutLongest(sheet, set);
  return set;
}

function setPiece({ typeset }: Sheet, piece: Piece, scale: number): SetPiece {
  const style = { ...piece.style, size: Math.max(leastSize, piece.style.size * scale) };
  const rightLine = piece.right === undefined ? undefined : typeset(piece.right, style, textWidth)[0];
  const lines = typeset(piece.text, style, textWidth - (rightLine ? rightLine.width + 8 : 0));
  return { ...piece, style, space: piece.space * scale, lines, rightLine };
}

const heightOf = (pieces: readonly SetPiece[]): number =>
  pieces.reduce((sum, { lines, space, style }) => sum + space + lines.length * leading(style.size), 0);

function cutLongest({ typeset }: Sheet, pieces: SetPiece[]): void {
  const longest = pieces.reduce((most, piece) => (piece.lines.length > most.lines.length ? piece : most));
  if (longest.lines.length < 2) throw new Error('A ticket has no room for its texts.');
  const mark = typeset('…', longest.style, textWidth);
  longest.lines.splice(-2, 2, ...mark);
}

function drawPieces(sheet: Sheet, pieces: readonly SetPiece[]): void {
  for (const { lines, rightLine, style, space, ruled } of pieces) {
    if (ruled) drawRule({ ...sheet, y: sheet.y + space / 2 });
    sheet.y += space;
    const baseline = sheet.y + style.size;
    drawLines(sheet, lines, style);
    if (rightLine) drawLine(sheet, rightLine, style, { x: page.width - page.margin - rightLine.width, baseline });
  }
}

/** The code, as large as the room above `foot` allows, under its banner. */
function drawCode(sheet: Sheet, ticket: OrderTicket, { words, foot }: { words: string | undefined; foot: number }): void {
  sheet.y += banner.gap;
  if (words) {
    const style: Style = { size: 13, bold: true, color: '#ffffff' };
    sheet.pdf.rect(page.margin, sheet.y, textWidth, banner.height).fill(ink.text);
    const [line] = sheet.typeset(words, style, textWidth);
    if (line) drawLine(sheet, line, style, { x: (page.width - line.width) / 2, baseline: sheet.y + 16.5 });
    sheet.y += banner.height + banner.gap;
  }
  const side = Math.min(qrSide.most, foot - sheet.y);
  sheet.pdf.image(Buffer.from(ticket.qrPngBase64, 'base64'), (page.width - side) / 2, foot - side, { width: side, height: side });
}

/** In place of the code: nobody shall try it at a door. */
function drawCancelled(sheet: Sheet, foot: number): void {
  const height = 96;
  const top = foot - (qrSide.least + height) / 2;
  sheet.pdf.roundedRect(page.margin, top, textWidth, height, 4).lineWidth(2).strokeColor(ink.alarm).stroke();
  const style: Style = { size: 28, bold: true, color: ink.alarm };
  sheet.y = top + 20;
  drawLines(sheet, sheet.typeset('CANCELLED', style, textWidth), style, 'center');
  const words: Style = { size: 9 };
  drawLines(sheet, sheet.typeset('This ticket is no longer valid.', words, textWidth), words, 'center');
}
