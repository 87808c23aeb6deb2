import { expect, test } from 'vitest';
import { by, identityStage, newEmail, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
const saidOf = async (organisationId: string) =>
  (
    await stage.db.query<{ payload: Record<string, unknown> }>(
      `SELECT envelope::json -> 'payload' AS payload FROM outbox WHERE topic = 'staff-acted' AND key = $1 ORDER BY position`,
      [organisationId],
    )
  ).map(({ payload }) => payload);

test('creating an organisation and giving roles are said, once each, with who did it; what changed nothing and what was refused are not', async () => {
  const ana = await registered(stage.identity);
  const email = newEmail('bea');
  const bea = await registered(stage.identity, email);
  const create = () => stage.identity.createOrganisation({ name: 'Paraninfo' }, by(ana, { idempotencyKey: 'one' }));
  const { organisationId } = await create();
  await create();
  const give = (role: 'door' | 'manager', session = ana) => stage.identity.addMember({ organisationId, email, role }, by(session));
  await give('door');
  await give('door');
  expect(await refusalOf(give('manager', bea))).toBe('ROLE_REQUIRED');
  await give('manager');
  const by_ = { organisationId, eventId: null, userId: ana.userId, reason: null, at: expect.any(String) };
  expect(await saidOf(organisationId)).toEqual([
    { ...by_, action: 'identity.createOrganisation', subject: organisationId, detail: null },
    { ...by_, action: 'identity.addMember', subject: bea.userId, detail: 'door' },
    { ...by_, action: 'identity.addMember', subject: bea.userId, detail: 'manager' },
  ]);
});
