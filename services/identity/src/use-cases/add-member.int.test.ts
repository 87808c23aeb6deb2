import type { Role } from '@boxoffice/contracts';
import { anyone } from '@boxoffice/testing';
import { beforeAll, expect, test } from 'vitest';
import { by, countAnswers, identityStage, newEmail, refusalOf, registered, type Session } from '../../test/stage.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
type Person = { email: string; session: Session };
const person = async (): Promise<Person> => {
  const email = newEmail();
  return { email, session: await registered(stage.identity, email) };
};
const hall = async (owner: Person) => (await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(owner.session))).organisationId;
let owner: Person;
let organisationId: string;
const give = (giver: Person, taker: Person, role: Role) => stage.identity.addMember({ organisationId, email: taker.email, role }, by(giver.session));

beforeAll(async () => {
  owner = await person();
  organisationId = await hall(owner);
});

test('a role given is in the next refreshed token, and giving another changes it', async () => {
  const door = await person();
  expect(await give(owner, door, 'door')).toEqual({ organisationId, userId: door.session.userId, role: 'door' });
  await give(owner, door, 'manager');
  const { memberships } = await stage.identity.refresh({ refreshToken: door.session.refreshToken }, anyone());
  expect(memberships).toEqual([{ organisationId, role: 'manager' }]);
});

test('a stranger does not learn that the organisation exists, nor who has an account', async () => {
  const stranger = await person();
  expect(await refusalOf(give(stranger, owner, 'door'))).toBe('ORGANISATION_NOT_FOUND');
  expect(await refusalOf(give(stranger, { ...stranger, email: newEmail('nobody') }, 'door'))).toBe('ORGANISATION_NOT_FOUND');
});

test.each(['manager', 'box-office', 'door'] as const)(
  '%s may not give roles, not even to themselves, and learns nothing about addresses',
  async (role) => {
    const member = await person();
    await give(owner, member, role);
    expect(await refusalOf(give(member, member, 'owner'))).toBe('ROLE_REQUIRED');
    expect(await refusalOf(give(member, { ...member, email: newEmail('nobody') }, 'door'))).toBe('ROLE_REQUIRED');
  },
);

test('a token from before a demotion does not help', async () => {
  const former = await person();
  await give(owner, former, 'owner');
  const session = await stage.identity.refresh({ refreshToken: former.session.refreshToken }, anyone());
  await give(owner, former, 'door');
  expect(await refusalOf(give({ ...former, session }, former, 'owner'))).toBe('ROLE_REQUIRED');
});

test('an address without an account is named as such to the owner', async () => {
  expect(await refusalOf(give(owner, { ...owner, email: newEmail('nobody') }, 'door'))).toBe('ACCOUNT_NOT_FOUND');
});

test('the last owner stays, even when two owners demote each other at once', async () => {
  expect(await refusalOf(give(owner, owner, 'manager'))).toBe('ROLE_REQUIRED');
  for (let round = 0; round < 10; round++) {
    const [one, two] = [await person(), await person()];
    organisationId = await hall(one);
    await give(one, two, 'owner');
    expect(await countAnswers([give(one, two, 'door'), give(two, one, 'door')])).toEqual({ ok: 1, ROLE_REQUIRED: 1 });
    expect(await stage.db.query("SELECT count(*) AS n FROM memberships WHERE organisation_id = $1 AND role = 'owner'", [organisationId])).toEqual([
      { n: 1 },
    ]);
  }
});

test('an account joins at most twenty organisations', async () => {
  const joiner = await person();
  const halls = await Promise.all(Array.from({ length: 22 }, async () => ({ by: await person() })));
  const ids = await Promise.all(halls.map((one) => hall(one.by)));
  const join = (index: number) =>
    stage.identity.addMember({ organisationId: ids[index] ?? '', email: joiner.email, role: 'door' }, by(halls[index]?.by.session ?? joiner.session));
  expect(await countAnswers(ids.map((_, index) => join(index)))).toEqual({ ok: 20, CONFLICT: 2 });
});
