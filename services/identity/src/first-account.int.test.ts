import { anyone } from '@boxoffice/testing';
import { afterEach, expect, test } from 'vitest';
import { identityStage, newEmail, refusalOf } from '../test/stage.ts';

const stage = identityStage();
const email = newEmail('administrator');
const given = { FIRST_ACCOUNT_EMAIL: email, FIRST_ACCOUNT_PASSWORD: 'correct horse battery' };
const startAll = async (settings: Parameters<typeof stage.replica>[0], replicas = 1) => {
  const parts = await Promise.all(Array.from({ length: replicas }, () => stage.replica(settings)));
  await Promise.all(parts.map((part) => part.workers.find(({ name }) => name === 'first-account')?.start()));
  return parts;
};
const accounts = () => stage.db.query('SELECT count(*)::int AS n FROM accounts');
const refused = async (settings: Parameters<typeof stage.replica>[0]) => stage.replica(settings).then(() => 'started', String);

afterEach(() => stage.db.query('TRUNCATE accounts, installation CASCADE'));

test('three replicas that start at once register one account, which may create organisations', async () => {
  const [part] = await startAll(given, 3);
  expect(await accounts()).toEqual([{ n: 1 }]);
  const session = await part?.api.identity.login({ email, password: given.FIRST_ACCOUNT_PASSWORD }, anyone());
  expect(session?.memberships).toEqual([]);
  expect(await stage.db.query('SELECT count(*)::int AS n FROM installation')).toEqual([{ n: 1 }]);
});

test('an installation with an account gets no other, whatever the settings say now', async () => {
  await startAll(given);
  const [part] = await startAll({ FIRST_ACCOUNT_EMAIL: newEmail('other'), FIRST_ACCOUNT_PASSWORD: 'another long password' });
  expect(await accounts()).toEqual([{ n: 1 }]);
  expect(await refusalOf(part?.api.identity.login({ email, password: 'another long password' }, anyone()) ?? Promise.resolve())).toBe(
    'INVALID_CREDENTIALS',
  );
});

test('half an account, or one that nobody could use, is refused at start without repeating the password', async () => {
  for (const settings of [
    { FIRST_ACCOUNT_EMAIL: email },
    { FIRST_ACCOUNT_PASSWORD: 'correct horse battery' },
    { ...given, FIRST_ACCOUNT_EMAIL: 'nobody' },
    { ...given, FIRST_ACCOUNT_PASSWORD: 'short' },
  ]) {
    const words = await refused(settings);
    expect(words).toContain('FIRST_ACCOUNT_EMAIL');
    expect(words).not.toMatch(/correct horse|: short/);
  }
});
