import bidiFactory from 'bidi-js';
import LineBreaker from 'linebreak';
import type { FontName, Fonts } from './fonts.ts';

/** How a text looks; `size` in points. */
export type Style = { size: number; bold?: boolean; color?: string };
/** A stretch of one font and one direction; `width` in points. Its text is in reading order: where it is `turned`, the font turns it. */
export type Run = { text: string; font: FontName; width: number; turned: boolean };
/** Runs from left to right. */
export type Line = { runs: Run[]; width: number };

// Its types describe its ES module, Node loads its CommonJS one, whose default is the factory itself.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Scripts that run from right to left: fontkit turns their glyphs by itself. */
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Letters decide their font; what stands between them stays in the font before it. */
const letter = /[\p{L}\p{N}\p{M}]/u;
/** Shown by no font: format characters (joiners and direction marks stay), variation selectors, tags. */
const unseen = /\p{Variation_Selector}|[\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** One paragraph: control characters become spaces, halves of characters U+FFFD. */
const cleaned = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(unseen, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();

/** Sets texts in the given fonts. Keeps what it measured: make one per document. */
export function typesetter(fonts: Fonts) {
  const advance = measurer(fonts);
  /** The lines of a paragraph, each at most `width` points wide; a word longer than a line is cut between characters. An empty text has no lines. */
  return (raw: string, { size, bold = false }: Style, width: number): Line[] => {
    const text = cleaned(raw);
    const fontAt = fontsOf(text, fonts, bold);
    const measured = (start: number, end: number): number =>
      stretches(start, end, (at) => fontAt[at]).reduce((sum, [from, to]) => sum + advance(fontAt[from] ?? 'regular', text.slice(from, to)) * size, 0);
    const { levels } = bidi.getEmbeddingLevels(text);
    return wrapped(text, width, measured).map(([start, end]) => {
      const parts = stretches(start, end, (at) => `${fontAt[at]} ${levels[at]}`);
      const runs = inVisualOrder(parts, levels).map(([from, to]) => {
        const font = fontAt[from] ?? 'regular';
        const turned = (levels[from] ?? 0) % 2 === 1;
        const shown = turned ? mirrored(text.slice(from, to)) : text.slice(from, to);
        return { text: shown, font, width: advance(font, shown) * size, turned };
      });
      return { runs, width: runs.reduce((sum, run) => sum + run.width, 0) };
    });
  };
}
export type Typeset = ReturnType<typeof typesetter>;

/** Widths of texts in a font, in em. Word by word with the space behind it, as pdfkit lays out and keeps what it laid out: names come a hundred times. */
function measurer(fonts: Fonts): (font: FontName, text: string) => number {
  const widths = new Map<string, number>();
  const widthOf = (font: FontName, word: string): number => {
    const key = `${font} ${word}`;
    const known = widths.get(key);
    if (known !== undefined) return known;
    const reader = fonts.get(font)?.font;
    if (!reader) throw new Error(`The font ${font} is not open.`);
    const width = reader.layout(word).advanceWidth / reader.unitsPerEm;
    widths.set(key, width);
    return width;
  };
  return (font, text) => (text.match(/[^ ]* |[^ ]+/g) ?? []).reduce((sum, word) => sum + widthOf(font, word), 0);
}

/** The font of each UTF-16 unit: the first of the style that has every character of its grapheme. */
function fontsOf(text: string, fonts: Fonts, bold: boolean): FontName[] {
  const chain: FontName[] = bold ? ['bold', 'regular', 'wide'] : ['regular', 'wide'];
  const at: FontName[] = [];
  const shows = (name: FontName, grapheme: string): boolean =>
    [...grapheme].every(
      (character) => /[\u200c-\u200f]/u.test(character) || fonts.get(name)?.font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0),
    );
  let before = chain[0] ?? 'regular';
  for (const { segment } of graphemes.segment(text)) {
    const stays = !letter.test(segment) && shows(before, segment);
    before = stays ? before : (chain.find((name) => shows(name, segment)) ?? (fonts.has('wide') ? 'wide' : 'regular'));
    for (let unit = 0; unit < segment.length; unit++) at.push(before);
  }
  return at;
}

/** [start, end) of neighbours that are alike. */
function stretches(start: number, end: number, kind: (at: number) => unknown): [number, number][] {
  const found: [number, number][] = [];
  for (let at = start; at < end; at++) {
    const last = found.at(-1);
    if (last && kind(last[0]) === kind(at)) last[1] = at + 1;
    else found.push([at, at + 1]);
  }
  return found;
}

/** [start, end) of each line, without the spaces at its end. */
function wrapped(text: string, width: number, measured: (start: number, end: number) => number): [number, number][] {
  const lines: [number, number][] = [];
  let start = 0;
  let filled = 0;
  let end = 0;
  const close = (at: number): void => {
    if (end > start) lines.push([start, start + text.slice(start, end).trimEnd().length]);
    start = end = at;
    filled = 0;
  };
  const add = (from: number, to: number): void => {
    if (filled + measured(from, from + text.slice(from, to).trimEnd().length) > width) close(from);
    filled += measured(from, to);
    end = to;
  };
  const breaker = new LineBreaker(text);
  let from = 0;
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    const word = text.slice(from, next.position);
    if (measured(from, from + word.trimEnd().length) <= width) add(from, next.position);
    else for (const { segment, index } of graphemes.segment(word)) add(from + index, from + index + segment.length);
    from = next.position;
  }
  close(text.length);
  return lines;
}

/** Rule L2 of Unicode Standard Annex 9: from the highest level down to the lowest odd one, every sequence at that level or above is reversed. */
function inVisualOrder(parts: [number, number][], levels: Uint8Array): [number, number][] {
  const ordered = [...parts];
  const levelOf = (part: [number, number] | undefined): number => (part ? (levels[part[0]] ?? 0) : -1);
  const highest = Math.max(0, ...parts.map(levelOf));
  for (let level = highest; level > 0; level--) {
    for (const [from, to] of stretches(0, ordered.length, (at) => levelOf(ordered[at]) >= level)) {
      if (levelOf(ordered[from]) >= level) ordered.splice(from, to - from, ...ordered.slice(from, to).reverse());
    }
  }
  return ordered;
}

/** Text of a right-to-left run: brackets mirrored (rule L4), and turned here where no letter tells fontkit to do it. */
function mirrored(text: string): string {
  const characters = [...text].map((character) => bidi.getMirroredCharacter(character) ?? character);
  return rightToLeft.test(text) ? characters.join('') : characters.reverse().join('');
}
