import { serviceNames } from '@boxoffice/contracts';
import { createLogger, PrivateKey } from '@boxoffice/service-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { purposes } from '../config.ts';
import { fillSecrets } from './fill-secrets.ts';
import type { SecretStore } from './secret-store.ts';

const SECRETS = Object.fromEntries(purposes.map((purpose) => [purpose, `hall-${purpose}`]));
const settings = { SECRETS, SECRETS_READ_ONLY: [] as (typeof purposes)[number][], ADMINISTRATOR_EMAIL: 'a@hall.example' };
const lines: string[] = [];
const logger = createLogger({ service: 'setup', level: 'info', destination: { write: (line: string) => void lines.push(line) } });

/** Secrets as the API server keeps them: a write with an old version is refused. */
function cluster() {
  const secrets = new Map<string, { data: Record<string, string>; version: number }>();
  for (const name of Object.values(SECRETS)) secrets.set(name, { data: {}, version: 1 });
  let conflicts = 0;
  const store: SecretStore = {
    async read(name) {
      const found = secrets.get(name);
      return found && { data: { ...found.data }, version: String(found.version) };
    },
    async write(name, keys, version) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const found = secrets.get(name);
      if (!found || String(found.version) !== version) {
        conflicts += 1;
        return false;
      }
      secrets.set(name, { data: { ...found.data, ...keys }, version: found.version + 1 });
      return true;
    },
  };
  const dataOf = (purpose: string) => secrets.get(`hall-${purpose}`)?.data ?? {};
  const all = () => JSON.stringify([...secrets].map(([name, { data }]) => [name, data]));
  return { store, secrets, dataOf, all, conflicts: () => conflicts };
}

let hall: ReturnType<typeof cluster>;
beforeEach(() => {
  hall = cluster();
  lines.length = 0;
});
const fill = (more: Partial<typeof settings> = {}) => fillSecrets({ store: hall.store, logger }, { ...settings, ...more });

test('every service gets a key of its own, and the trust file has the public half of each', async () => {
  await fill();
  const trust = JSON.parse(hall.dataOf('trust')['trust.json'] ?? '');
  for (const name of serviceNames) {
    const key = PrivateKey.parse(JSON.parse(hall.dataOf(name)['service.key.json'] ?? ''));
    expect(key.kid).toBe(name);
    expect(trust.keys).toContainEqual({ kty: key.kty, crv: key.crv, x: key.x, kid: name, alg: 'EdDSA', use: 'sig' });
  }
  expect(hall.dataOf('trust')['trust.json']).not.toContain('"d"');
  expect(hall.dataOf('administrator')).toMatchObject({ email: 'a@hall.example', password: expect.stringMatching(/^[0-9a-f]{48}$/) });
});

test('a second run changes nothing, and one after a key was lost makes only that one', async () => {
  await fill();
  const before = hall.all();
  await fill();
  expect(hall.all()).toBe(before);
  const identity = hall.secrets.get('hall-identity');
  const { 'password-pepper': pepper, ...others } = identity?.data ?? {};
  hall.secrets.set('hall-identity', { data: others, version: 9 });
  await fill();
  expect(hall.dataOf('identity')).toMatchObject(others);
  expect(hall.dataOf('identity')['password-pepper']).not.toBe(pepper);
});

test('five runs at once agree', async () => {
  await Promise.all(Array.from({ length: 5 }, () => fill()));
  expect(hall.conflicts()).toBeGreaterThan(0);
  const before = hall.all();
  await fill();
  expect(hall.all()).toBe(before);
});

test('nothing secret is logged', async () => {
  await fill();
  const values = [...hall.secrets.values()].flatMap(({ data }) =>
    Object.entries(data).flatMap(([key, value]) => (key.endsWith('key-id') ? [] : [value])),
  );
  expect(lines.length).toBeGreaterThan(0);
  for (const value of values) expect(lines.join('')).not.toContain(value);
});

describe('a Secret that somebody else keeps', () => {
  test('is not written; each key that it lacks is named', async () => {
    hall.secrets.set('hall-payment', { data: { 'database-password': 'theirs' }, version: 1 });
    await expect(fill({ SECRETS_READ_ONLY: ['payment'] })).rejects.toThrow(/hall-payment: service\.key\.json, payment-secrets-keys, /);
    expect(hall.dataOf('payment')).toEqual({ 'database-password': 'theirs' });
  });

  test('with the key of another service is refused', async () => {
    await fill();
    hall.secrets.set('hall-payment', {
      data: { ...hall.dataOf('payment'), 'service.key.json': hall.dataOf('booking')['service.key.json'] ?? '' },
      version: 5,
    });
    await expect(fill({ SECRETS_READ_ONLY: ['payment'] })).rejects.toThrow('service.key.json of Secret hall-payment is not a key of payment');
  });
});

test('a Secret that is not there is named, with what to do', async () => {
  hall.secrets.delete('hall-redis');
  await expect(fill()).rejects.toThrow(/There is no Secret hall-redis.*upgrade the release/);
});
