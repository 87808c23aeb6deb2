import type { Line, Style, Typeset } from './typeset.ts';

type PDF = PDFKit.PDFDocument;

/** A6 portrait in points, and the border that stays white. */
export const page = { width: 297.64, height: 419.53, margin: 20 } as const;
export const textWidth = page.width - 2 * page.margin;
export const ink = { text: '#111111', soft: '#555555', rule: '#bbbbbb', alarm: '#b00020' } as const;

/** A document that is being written, and how texts are set in it. `y` is where the next thing goes, in points from the top of its page. */
export type Sheet = { pdf: PDF; typeset: Typeset; y: number };

/** Points from one line to the next. */
export const leading = (size: number): number => size * 1.22;

/** Draws set lines one below the other from `sheet.y` on and leaves `y` below them. `right` aligns at the right border, `center` in the middle. */
export function drawLines(sheet: Sheet, lines: readonly Line[], style: Style, align: 'left' | 'center' | 'right' = 'left'): void {
  for (const line of lines) {
    const free = textWidth - line.width;
    const indent = { left: 0, center: free / 2, right: free }[align];
    drawLine(sheet, line, style, { x: page.margin + indent, baseline: sheet.y + style.size });
    sheet.y += leading(style.size);
  }
}

/** Draws one line with its baseline at a place; the cursor stays. */
export function drawLine({ pdf }: Sheet, line: Line, style: Style, at: { x: number; baseline: number }): void {
  let { x } = at;
  for (const run of line.runs) {
    pdf
      .font(run.font)
      .fontSize(style.size)
      .fillColor(style.color ?? ink.text)
      // A list of features, even an empty one, has pdfkit lay out a run as a whole instead of word by word: only so a right-to-left run is turned as one.
      .text(run.text, x, at.baseline, { lineBreak: false, baseline: 'alphabetic', ...(run.turned && { features: [] }) });
    x += run.width;
  }
}

/** A hairline over the text's width at `sheet.y`. */
export function drawRule({ pdf, y }: Sheet): void {
  pdf
    .moveTo(page.margin, y)
    .lineTo(page.width - page.margin, y)
    .lineWidth(0.6)
    .strokeColor(ink.rule)
    .stroke();
}
