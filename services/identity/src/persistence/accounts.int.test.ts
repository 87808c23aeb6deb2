import { anyone, asServiceCaller } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { by, identityStage, newEmail, password, refusalOf, registered } from '../../test/stage.ts';
import { generateSecrets } from '../compose.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
const contact = (userId: string, identity = stage.identity) => identity.contactOf({ userId }, asServiceCaller('notification-analytics'));

/** Every row of every table as text; bytea arrives as hex. */
async function everything(): Promise<string> {
  const tables = await stage.db.query<{ name: string }>("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'");
  expect(tables.length).toBeGreaterThan(8);
  const rows = await Promise.all(tables.map(({ name }) => stage.db.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)));
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n')
    .toLowerCase();
}

test('neither address, name, password nor refresh token can be read anywhere in the database', async () => {
  const email = newEmail('legible');
  const ana = await stage.identity.register({ email, password, name: 'Legible Name' }, anyone());
  await stage.identity.continueAsGuest({ email }, anyone());
  await refusalOf(stage.identity.login({ email: newEmail('legible.unknown'), password: 'wrong password' }, anyone()));
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(ana, { idempotencyKey: 'key-1' }));
  const member = newEmail('legible.member');
  await registered(stage.identity, member);
  await stage.identity.addMember({ organisationId, email: member, role: 'door' }, by(ana, { idempotencyKey: 'key-2' }));
  const stored = await everything();
  expect(stored).toContain(ana.userId); // the scan sees rows
  const secret = ana.refreshToken.split('.')[1] ?? '';
  for (const word of ['legible', 'example.org', 'battery', secret.toLowerCase()]) {
    const encodings = [word, Buffer.from(word).toString('hex'), Buffer.from(word.toUpperCase()).toString('hex')];
    for (const text of encodings) expect(stored, word).not.toContain(text);
  }
  expect(stored).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
});

test('ciphertext moved to another row or column does not open', async () => {
  const [ana, ben] = [await registered(stage.identity), await registered(stage.identity)];
  const move = (to: string, from: string) => `UPDATE accounts SET ${to} = (SELECT ${from} FROM accounts WHERE id = $2) WHERE id = $1`;
  await stage.db.query(move('email_encrypted', 'email_encrypted'), [ana.userId, ben.userId]);
  await expect(contact(ana.userId)).rejects.toThrow('authenticate');
  await stage.db.query(move('email_encrypted', 'name_encrypted'), [ben.userId, ben.userId]);
  await expect(contact(ben.userId)).rejects.toThrow('authenticate');
});

test('after a new key comes first, old rows still open and new ones use it', async () => {
  const ana = await registered(stage.identity);
  const [more] = Object.values(JSON.parse(generateSecrets().PERSONAL_DATA_KEYS));
  const keys = JSON.stringify({ ...JSON.parse(stage.secrets.PERSONAL_DATA_KEYS), k2: more });
  const { api } = await stage.replica({ PERSONAL_DATA_KEYS: keys, PERSONAL_DATA_KEY_ID: 'k2' });
  expect(await contact(ana.userId, api.identity)).toMatchObject({ name: 'Ana Pérez' });
  const ben = await registered(api.identity);
  expect(await contact(ben.userId, api.identity)).toMatchObject({ name: 'Ana Pérez' });
  await expect(contact(ben.userId)).rejects.toThrow("'k2'");
});

test('an account without a password, and a guest with one, are refused by the database', async () => {
  const { userId } = await registered(stage.identity);
  await expect(stage.db.query('UPDATE accounts SET password_hash = NULL WHERE id = $1', [userId])).rejects.toThrow('accounts_password');
  await expect(stage.db.query("UPDATE accounts SET kind = 'guest' WHERE id = $1", [userId])).rejects.toThrow('accounts_password');
});

test('secrets that are missing or malformed stop the service before it starts, and are not repeated', async () => {
  const bad = 'c2hvcnQga2V5IHRoYXQgbXVzdCBub3QgbGVhaw==';
  for (const settings of [
    { PASSWORD_PEPPER: bad },
    { BLIND_INDEX_KEY: bad },
    { PERSONAL_DATA_KEYS: `{"k1":"${bad}"}` },
    { PERSONAL_DATA_KEY_ID: 'k9' },
  ]) {
    const error = await stage.replica(settings).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain(bad);
    expect(String(error)).toContain(Object.keys(settings)[0]);
  }
});
