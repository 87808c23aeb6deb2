import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { mutants } from './list.ts';
import { editsOf, mutated } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const textOf = (file: string) => readFile(path.join(root, file), 'utf8');

it('an edit that finds its text twice, or not at all, is refused', () => {
  expect(() => mutated('a b a', { file: 'f', find: 'a', replace: '' })).toThrow('f: found 2 times');
  expect(() => mutated('a b a', { file: 'f', find: 'c', replace: '' })).toThrow('f: found 0 times');
  expect(mutated('a b a', { file: 'f', find: ' b', replace: '$&' })).toBe('a$& a');
});

it('mutants have names of their own', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  '%s changes text that is there once, and names tests that exist',
  async (_, mutant) => {
    for (const edit of editsOf(mutant)) {
      const text = await textOf(edit.file);
      expect(mutated(text, edit)).not.toBe(text);
    }
    for (const file of mutant.tests) await textOf(file);
  },
);
