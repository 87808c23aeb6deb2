import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '@boxoffice/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigFault } from '../config.ts';
import { generateServiceKeys, loadServiceIdentity } from './service-keys.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

test('makes a private key per service, and keeps what is there', async () => {
  await generateServiceKeys(folder);
  const first = await Promise.all([...serviceNames.map((name) => `${name}.key.json`), 'trust.json'].map((name) => readFile(file(name), 'utf8')));
  expect((await stat(file('booking.key.json'))).mode & 0o777).toBe(0o600);
  expect(first.at(-1)).not.toContain('"d"');
  await rm(file('gateway.key.json'));
  await generateServiceKeys(folder);
  expect(await readFile(file('booking.key.json'), 'utf8')).toBe(first[serviceNames.indexOf('booking')]);
  expect(await readFile(file('gateway.key.json'), 'utf8')).not.toBe(first[0]);
  const { keys } = JSON.parse(await readFile(file('trust.json'), 'utf8'));
  expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual([...serviceNames]);
});

test('refuses somebody else’s key, a missing and an unreadable file; the message does not hold the key', async () => {
  const load = (name: 'booking', keyFile: string) => loadServiceIdentity({ name, keyFile: file(keyFile), trustFile: file('trust.json') });
  await expect(load('booking', 'payment.key.json')).rejects.toThrow(/is the key of payment, not of booking/);
  await expect(load('booking', 'none.json')).rejects.toThrow(/ENOENT.*SERVICE_KEY_FILE/);
  await writeFile(file('broken.json'), '{"kty":"OKP","d":"s3cret"');
  const error = await load('booking', 'broken.json').catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(ConfigFault);
  expect(String(error)).not.toContain('s3cret');
});
