import { anyone } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { identityStage, newEmail, refusalOf, registered } from '../../test/stage.ts';
import { purgeExpired } from './purge-expired.ts';

const stage = identityStage();

test('forgets what no longer counts, and nothing else', async () => {
  const purge = purgeExpired({ db: stage.db });
  const [old, live] = [await registered(stage.identity), await registered(stage.identity)];
  for (const email of [newEmail('old'), newEmail('new')]) await refusalOf(stage.identity.login({ email, password: 'wrong password' }, anyone()));
  expect(await purge()).toEqual({ loginAttempts: 0, sessions: 0 });
  await stage.db.query("UPDATE sessions SET expires_at = statement_timestamp() - interval '8 days' WHERE user_id = $1", [old.userId]);
  await stage.db.query(
    "UPDATE login_attempts SET attempted_at = attempted_at - interval '15 minutes' WHERE id = (SELECT id FROM login_attempts ORDER BY attempted_at LIMIT 1)",
  );
  expect(await purge()).toEqual({ loginAttempts: 1, sessions: 1 });
  expect(await refusalOf(stage.identity.refresh({ refreshToken: live.refreshToken }, anyone()))).toBe('ok');
});
