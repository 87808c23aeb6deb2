import { identityApi } from '@boxoffice/contracts';
import { anyone, asServiceCaller, asUser } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { by, identityStage, newEmail, password, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
const guest = (email: string) => stage.identity.continueAsGuest({ email }, anyone());

test('a guest reaches nothing of the account, or of another guest, of the same address', async () => {
  const email = newEmail('ana');
  const ana = await registered(stage.identity, email);
  await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(ana));
  const sessions = [await guest(email), await guest(email)];
  expect(new Set([ana, ...sessions].map((session) => session.userId)).size).toBe(3);
  for (const session of sessions) {
    expect(session).toMatchObject({ guest: true, memberships: [] });
    expect(await stage.identity.refresh({ refreshToken: session.refreshToken }, anyone())).toMatchObject({
      userId: session.userId,
      guest: true,
      memberships: [],
    });
  }
});

test('a guest has no password, and does not stand in the way of an account', async () => {
  const email = newEmail();
  await guest(email);
  expect(await refusalOf(stage.identity.login({ email, password }, anyone()))).toBe('INVALID_CREDENTIALS');
  expect(await refusalOf(registered(stage.identity, email))).toBe('ok');
});

test('a guest may neither create an organisation nor be given a role', async () => {
  const email = newEmail();
  const { userId } = await guest(email);
  const api = identityApi.createCaller({ identity: stage.identity, caller: asUser({ userId, guest: true }) });
  expect(await refusalOf(api.identity.createOrganisation({ name: 'Mine' }))).toBe('FORBIDDEN');
  const owner = await registered(stage.identity);
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(owner));
  expect(await refusalOf(stage.identity.addMember({ organisationId, email, role: 'door' }, by(owner)))).toBe('ACCOUNT_NOT_FOUND');
});

test('the notification service, and no other, learns where to write', async () => {
  const email = newEmail();
  const { userId } = await guest(email);
  const ana = await registered(stage.identity);
  const ask = (id: string, name: 'notification-analytics' | 'booking') => stage.identity.contactOf({ userId: id }, asServiceCaller(name));
  expect(await ask(userId, 'notification-analytics')).toEqual({ userId, email, name: null });
  expect(await ask(ana.userId, 'notification-analytics')).toMatchObject({ name: 'Ana Pérez' });
  for (const name of ['booking', 'payment', 'ticketing', 'gateway', 'identity'] as const) {
    expect(await refusalOf(stage.identity.contactOf({ userId }, asServiceCaller(name)))).toBe('FORBIDDEN');
  }
  expect(await refusalOf(ask('0198f3f0-0000-7000-8000-000000000001', 'notification-analytics'))).toBe('ACCOUNT_NOT_FOUND');
});

test('the notification service, and no other, learns of several at once; whoever has no account is left out', async () => {
  const email = newEmail();
  const { userId } = await guest(email);
  const ana = await registered(stage.identity);
  const userIds = [userId, ana.userId, '0198f3f0-0000-7000-8000-000000000001'];
  for (const name of ['booking', 'payment', 'ticketing', 'gateway', 'identity'] as const) {
    expect(await refusalOf(stage.identity.contactsOf({ userIds }, asServiceCaller(name)))).toBe('FORBIDDEN');
  }
  const { contacts } = await stage.identity.contactsOf({ userIds }, asServiceCaller('notification-analytics'));
  expect(new Map(contacts.map((contact) => [contact.userId, contact.name]))).toEqual(
    new Map([
      [userId, null],
      [ana.userId, 'Ana Pérez'],
    ]),
  );
  expect(contacts.find((contact) => contact.userId === userId)?.email).toBe(email);
});

test('me tells who calls, with roles as they are now', async () => {
  const email = newEmail();
  const ana = await registered(stage.identity, email);
  await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(ana));
  expect(await stage.identity.me({}, by(ana))).toMatchObject({
    userId: ana.userId,
    email,
    name: 'Ana Pérez',
    guest: false,
    memberships: [{ role: 'owner' }],
  });
  const visitor = await guest(email);
  expect(await stage.identity.me({}, asUser({ userId: visitor.userId, guest: true }))).toEqual({
    userId: visitor.userId,
    email,
    name: null,
    guest: true,
    memberships: [],
  });
  expect(await refusalOf(stage.identity.me({}, asUser()))).toBe('SESSION_EXPIRED');
});
