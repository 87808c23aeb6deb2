import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigFault } from '@boxoffice/service-kit';
import { expect, test } from 'vitest';
import { reset } from './reset.ts';

const dataFolder = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-reset-'));
  for (const name of ['postgres', 'mails']) await mkdir(path.join(folder, name));
  for (const name of ['secrets.json', 'demo.json', 'mine.txt']) await writeFile(path.join(folder, name), '{}');
  return folder;
};

test('a reset removes what is ours and leaves what is not', async () => {
  const folder = await dataFolder();
  await reset({ DATA_FOLDER: folder, DATABASE_URL: undefined });
  expect(await readdir(folder)).toEqual(['mine.txt']);
  await rm(folder, { recursive: true });
});

test('a reset of databases that are not ours is refused and keeps the keys to them', async () => {
  const folder = await dataFolder();
  await expect(reset({ DATA_FOLDER: folder, DATABASE_URL: 'postgres://127.0.0.1/postgres' })).rejects.toBeInstanceOf(ConfigFault);
  expect(await readdir(folder)).toContain('secrets.json');
  await rm(folder, { recursive: true });
});
