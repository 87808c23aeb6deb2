import { anyone } from '@boxoffice/testing';
import { describe, expect, test } from 'vitest';
import { answerOf, countAnswers, identityStage, newEmail, password, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage();
const tryLogin = (email: string, word: string) => stage.identity.login({ email, password: word }, anyone());
const fail = async (email: string, times: number) => {
  for (let time = 0; time < times; time++) expect(await refusalOf(tryLogin(email, 'wrong password'))).toBe('INVALID_CREDENTIALS');
};
/** As if the attempts so far had happened this much earlier. */
const age = (interval: string) => stage.db.query('UPDATE login_attempts SET attempted_at = attempted_at - $1::interval', [interval]);

test('the right password opens a session, in whatever case the address is written', async () => {
  const email = newEmail('ana');
  const { userId } = await registered(stage.identity, email);
  expect((await tryLogin(email.toUpperCase(), password)).userId).toBe(userId);
});

test('a wrong password and an unknown address are answered alike', async () => {
  const email = newEmail();
  await registered(stage.identity, email);
  expect(await answerOf(tryLogin(email, 'wrong password'))).toEqual(await answerOf(tryLogin(newEmail('unknown'), password)));
});

describe('after ten wrong passwords within 15 minutes', () => {
  test('even the right one waits, until the window has passed', async () => {
    const email = newEmail();
    await registered(stage.identity, email);
    await fail(email, 10);
    const answer = await answerOf(tryLogin(email, password));
    expect(answer).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: expect.any(Number) } });
    expect(answer.details).toSatisfy(({ retryAfterSeconds }) => retryAfterSeconds > 880 && retryAfterSeconds <= 900);
    await age('14 minutes 50 seconds');
    expect(await refusalOf(tryLogin(email, password))).toBe('RATE_LIMITED');
    await age('10 seconds');
    expect(await refusalOf(tryLogin(email, password))).toBe('ok');
  });

  test('an unknown address gets the same answer, and other addresses notice nothing', async () => {
    const email = newEmail('unknown');
    await fail(email, 10);
    expect(await refusalOf(tryLogin(email, password))).toBe('RATE_LIMITED');
    await fail(newEmail('another'), 1);
  });

  test('a replica knows it too', async () => {
    const email = newEmail('unknown');
    await fail(email, 10);
    const { api } = await stage.replica();
    expect(await refusalOf(api.identity.login({ email, password }, anyone()))).toBe('RATE_LIMITED');
  });
});

test('the right password starts the count afresh', async () => {
  const email = newEmail();
  await registered(stage.identity, email);
  await fail(email, 9);
  expect(await refusalOf(tryLogin(email, password))).toBe('ok');
  await fail(email, 10);
});

test('sixty guesses at once over two processes are ten guesses', async () => {
  const email = newEmail();
  await registered(stage.identity, email);
  const { api } = await stage.replica();
  const guess = (index: number) => (index % 2 ? api.identity : stage.identity).login({ email, password: `guess number ${index}` }, anyone());
  const answers = await countAnswers(Array.from({ length: 60 }, (_, index) => guess(index)));
  expect(answers).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 50 });
});
