import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';
import { sfntOf } from './woff.ts';

/**
 * regular and bold: DejaVu Sans Condensed (Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian, symbols).
 * wide: UnifontEX, 65,439 glyphs: what DejaVu lacks (Chinese, Japanese, Korean, Indic, Thai, emoji), coarse but legible.
 */
export type FontName = 'regular' | 'bold' | 'wide';
/** A font file and its reader. The reader measures; pdfkit opens the file again in every document, to collect that document's glyphs. */
export type OpenFont = { file: Buffer; font: Font };
/** Fonts by name; without `wide` where no text needs it. */
export type Fonts = ReadonlyMap<FontName, OpenFont>;

const { resolve } = createRequire(import.meta.url);
const fileOf = (name: string): Promise<Buffer> => readFile(resolve(name));
const opened = (file: Buffer): OpenFont => {
  const font = create(file);
  if ('fonts' in font) throw new Error('A collection of fonts is no font.');
  return { file, font };
};

const basic = once(async () => {
  const files = await Promise.all(['', '-Bold'].map((weight) => fileOf(`dejavu-fonts-ttf/ttf/DejaVuSansCondensed${weight}.ttf`)));
  const [regular, bold] = files.map(opened);
  if (!regular || !bold) throw new Error('No fonts.');
  return { regular, bold };
});
/** 210 ms and 14 MB, once, when the first text needs it: read from its WOFF, each glyph would inflate the whole table again (5 s for a line). */
const wide = once(async () => opened(await sfntOf(await fileOf('@fontsource/unifontex/files/unifontex-latin-400-normal.woff'))));

/** The fonts that show `text`, opened once in the life of a process. */
export async function fontsFor(text: string): Promise<Fonts> {
  const { regular, bold } = await basic();
  const fonts = new Map<FontName, OpenFont>([
    ['regular', regular],
    ['bold', bold],
  ]);
  for (const character of new Set(text)) {
    if (regular.font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)) continue;
    return fonts.set('wide', await wide());
  }
  return fonts;
}

/** Asks once; a failure is asked again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}
