import { expect, it } from 'vitest';
import { shortMemory } from './short-memory.ts';

function counting() {
  const reads: string[] = [];
  const read = (key: string) => async () => {
    reads.push(key);
    return `${key} ${reads.length}`;
  };
  return { reads, read };
}

it('reads once for all who ask meanwhile, and again when its time is over', async () => {
  const { reads, read } = counting();
  const memory = shortMemory<string>(30);
  expect(await Promise.all([memory.of('a', read('a')), memory.of('a', read('a')), memory.of('b', read('b'))])).toEqual(['a 1', 'a 1', 'b 2']);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(await memory.of('a', read('a'))).toBe('a 3');
  expect(reads).toEqual(['a', 'b', 'a']);
});

it('forgets what is named, and nothing else', async () => {
  const { reads, read } = counting();
  const memory = shortMemory<string>(10_000);
  for (const key of ['hall 1', 'hall 2', 'club 1']) await memory.of(key, read(key));
  memory.forget((key) => key.startsWith('hall'));
  for (const key of ['hall 1', 'club 1']) await memory.of(key, read(key));
  expect(reads).toEqual(['hall 1', 'hall 2', 'club 1', 'hall 1']);
});

it('a read that failed is not remembered', async () => {
  const memory = shortMemory<string>(10_000);
  await expect(memory.of('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await memory.of('a', async () => 'there')).toBe('there');
});

it('keeps a thousand: of more, those read first are read again', async () => {
  const { reads, read } = counting();
  const memory = shortMemory<string>(10_000);
  for (let at = 0; at <= 1_000; at++) await memory.of(String(at), read(String(at)));
  reads.length = 0;
  await memory.of('1', read('1'));
  await memory.of('0', read('0'));
  expect(reads).toEqual(['0']);
});
