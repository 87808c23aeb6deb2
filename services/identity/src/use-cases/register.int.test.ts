import { anyone } from '@boxoffice/testing';
import { describe, expect, test } from 'vitest';
import { countAnswers, identityStage, newEmail, password, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage();

test('registering answers a session without memberships', async () => {
  const session = await registered(stage.identity);
  expect(session).toMatchObject({ guest: false, memberships: [] });
  expect(session.refreshToken.length).toBeLessThanOrEqual(200);
});

test('one account per address, in whatever case', async () => {
  const email = newEmail('ana');
  await registered(stage.identity, email);
  for (const spelling of [email, email.toUpperCase(), ` ${email} `]) {
    expect(await refusalOf(registered(stage.identity, spelling))).toBe('EMAIL_ALREADY_REGISTERED');
  }
});

test('twelve registrations of one address at once make one account', async () => {
  const email = newEmail('race');
  const answers = await countAnswers(Array.from({ length: 12 }, () => registered(stage.identity, email)));
  expect(answers).toEqual({ ok: 1, EMAIL_ALREADY_REGISTERED: 11 });
});

test('passwords that differ only at their end are different', async () => {
  const email = newEmail('long');
  const long = `${'密'.repeat(100)}${'x'.repeat(98)}`;
  await stage.identity.register({ email, password: `${long}a`, name: 'Ana' }, anyone());
  expect(await refusalOf(stage.identity.login({ email, password: `${long}b` }, anyone()))).toBe('INVALID_CREDENTIALS');
  expect(await refusalOf(stage.identity.login({ email, password: `${long}a` }, anyone()))).toBe('ok');
});

describe('under more registrations than fit', () => {
  const busy = identityStage({ PASSWORD_CONCURRENCY: 1, PASSWORD_QUEUE: 1, BCRYPT_COST: 8 });

  test('the rest is told so at once, and leaves nothing behind', async () => {
    const answers = await countAnswers(Array.from({ length: 8 }, () => registered(busy.identity)));
    expect(answers).toEqual({ ok: 2, OVERLOADED: 6 });
    expect(await busy.db.query('SELECT count(*) AS n FROM accounts')).toEqual([{ n: 2 }]);
  });

  test('a login that found no room does not count as a wrong password', async () => {
    const email = newEmail();
    const answers = await countAnswers(Array.from({ length: 9 }, () => busy.identity.login({ email, password }, anyone())));
    expect(Object.keys(answers).sort()).toEqual(['INVALID_CREDENTIALS', 'OVERLOADED']);
    expect(await busy.db.query('SELECT count(*) AS n FROM login_attempts')).toEqual([{ n: answers.INVALID_CREDENTIALS }]);
  });
});
