import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { madeOnce } from './engines/install.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'boxoffice-cache-'));
  vi.stubEnv('BOXOFFICE_CACHE', cache);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});
const filling = (text: string) => (fresh: string) => writeFile(join(fresh, 'tool'), text);

test('a folder is made once, and found later', async () => {
  const folder = await madeOnce('tool-1', filling('first'));
  expect(folder).toBe(join(cache, 'tool-1'));
  expect(await madeOnce('tool-1', filling('second'))).toBe(folder);
  expect(await readFile(join(folder, 'tool'), 'utf8')).toBe('first');
});

test('of two that make it at once one stays, whole, and nothing else', async () => {
  await Promise.all(['one', 'other'].map((text) => madeOnce('tool-1', filling(text))));
  expect(await readFile(join(cache, 'tool-1/tool'), 'utf8')).toMatch(/^(one|other)$/);
  expect(await readdir(cache)).toEqual(['tool-1']);
});

test('what fails halfway leaves nothing, says why, and can be tried again', async () => {
  const halfway = async (fresh: string) => {
    await filling('half')(fresh);
    throw new Error('no network');
  };
  await expect(madeOnce('tool-1', halfway)).rejects.toThrow('no network');
  expect(await readdir(cache)).toEqual([]);
  await madeOnce('tool-1', filling('whole'));
  expect(await readFile(join(cache, 'tool-1/tool'), 'utf8')).toBe('whole');
});
