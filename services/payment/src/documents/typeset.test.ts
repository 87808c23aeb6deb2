import { moneyIn } from '@boxoffice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fontsFor } from './fonts.ts';
import { typesetter } from './typeset.ts';
import { startText } from './wording.ts';

const typeset = typesetter(await fontsFor('東京'));
const style = { size: 10 };
const textsOf = (text: string, width = 1_000): string[] => typeset(text, style, width).map(({ runs }) => runs.map((run) => run.text).join('|'));
const letters = (text: string): string =>
  [...text.normalize('NFC')]
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .sort()
    .join('');

describe('lines', () => {
  it('break between words; a word that is longer than a line is cut', () => {
    expect(textsOf('one two three', 45)).toEqual(['one two', 'three']);
    expect(textsOf('東京フィル', 30)).toEqual(['東京', 'フィル']); // a small ィ starts no line
    expect(textsOf('abcabcabcabc', 30).join('')).toBe('abcabcabcabc');
    expect(textsOf('abcabcabcabc', 30).length).toBeGreaterThan(1);
    expect(textsOf('  ')).toEqual([]);
  });

  it('never leave their width nor lose a letter, whatever the text', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc
        .array(fc.constantFrom('Löwe', 'שלום', 'دبي', '東京', '서울', '(12)', '–', '12,50', '🎉', 'Donaudampfschifffahrt'), { maxLength: 20 })
        .map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = typeset(text, style, 60);
        for (const { width } of lines) expect(width).toBeLessThanOrEqual(60.5);
        expect(letters(lines.flatMap(({ runs }) => runs.map((run) => run.text)).join(''))).toBe(letters(text));
      }),
      { numRuns: 300 },
    );
  });
});

describe('directions', () => {
  // Runs from left to right as they stand on paper; the text of a right-to-left run is in reading order, with brackets mirrored: its font turns it.
  it.each([
    ['Opera שלום עולם today', 'Opera |שלום עולם| today'],
    ['שלום (12) עולם', '( עולם|12|שלום )'],
    ['دبي Opera 2026', 'Opera 2026|دبي '],
    ['Opera (שלום 12)', 'Opera (|12|שלום |)'],
    ['שלום 東京 – 서울', '東京 – 서울|שלום '],
  ])('stand where a reader looks for them: %s', (text, runs) => {
    expect(textsOf(text)).toEqual([runs]);
  });

  it('mirror the brackets of right-to-left text', () => {
    expect(textsOf('שלום (עולם)')).toEqual(['שלום )עולם(']);
  });
});

describe('words', () => {
  it.each([
    ['Atlantic/Canary', '2026-07-12T19:30:00Z', 'Sunday, 12 July 2026, 20:30 WEST'],
    ['America/New_York', '2026-12-12T20:30:00Z', 'Saturday, 12 December 2026, 15:30 EST'],
    ['Asia/Kathmandu', '2026-12-12T20:30:00Z', 'Sunday, 13 December 2026, 02:15 GMT+5:45'],
    ['Europe/London', '2026-12-12T00:00:00Z', 'Saturday, 12 December 2026, 00:00 GMT'],
  ])('a start in %s has day, time and zone of the event', (zone, at, text) => {
    expect(startText(new Date(at), zone)).toBe(text);
  });

  it('every currency has its own digits, and the largest amount is exact', () => {
    expect(['EUR', 'JPY', 'KWD'].map((currency) => moneyIn(currency)(2_147_483_647).replace(/\s/gu, ' '))).toEqual([
      '€21,474,836.47',
      'JP¥2,147,483,647',
      'KWD 2,147,483.647',
    ]);
  });
});
