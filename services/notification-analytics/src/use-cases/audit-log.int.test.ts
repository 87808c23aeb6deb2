import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Role, StaffActed } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, startService } from '../../test/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ MAIL_FOLDER: await mkdtemp(path.join(tmpdir(), 'mails-')) });
});
afterAll(() => service.stop());

const anAct = (organisationId: string, changes: object = {}) => ({
  ...{ organisationId, eventId: null, userId: newId(), action: 'booking.publishEvent', subject: newId(), reason: null, at: new Date() },
  ...changes,
});
const as = (organisationId: string, role: Role = 'manager') => asMember({ organisationId, role });
const log = (organisationId: string, asked: object = {}, who = as(organisationId)) =>
  service.api.analytics.auditLog({ organisationId, limit: 50, ...asked }, who);

it('tells who did what and why, newest first, each message once', async () => {
  const organisationId = newId();
  const eventId = newId();
  const first = anAct(organisationId, { eventId });
  const second = anAct(organisationId, { action: 'payment.refundOrder', reason: 'Fell ill', detail: '2 seats' });
  const id = await service.say(StaffActed, first);
  await service.say(StaffActed, first, { id });
  await service.say(StaffActed, second);
  expect(await log(organisationId)).toEqual({
    entries: [
      {
        entryId: expect.any(String),
        at: second.at,
        userId: second.userId,
        action: 'payment.refundOrder',
        subject: second.subject,
        eventId: null,
        reason: 'Fell ill',
        detail: '2 seats',
      },
      {
        entryId: id,
        at: first.at,
        userId: first.userId,
        action: 'booking.publishEvent',
        subject: first.subject,
        eventId,
        reason: null,
        detail: null,
      },
    ],
    next: null,
  });
  expect((await log(organisationId, { eventId })).entries.map(({ entryId }) => entryId)).toEqual([id]);
  expect((await log(organisationId, { action: 'payment.refundOrder' })).entries).toHaveLength(1);
  expect((await log(organisationId, { action: 'payment.refundOrder', eventId })).entries).toEqual([]);
});

it('comes in pages without gap or repetition, also while it grows', async () => {
  const organisationId = newId();
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.unshift(await service.say(StaffActed, anAct(organisationId)));
  const one = await log(organisationId, { limit: 2 });
  await service.say(StaffActed, anAct(organisationId));
  const two = await log(organisationId, { limit: 2, after: one.next });
  const three = await log(organisationId, { limit: 2, after: two.next });
  expect([...one.entries, ...two.entries, ...three.entries].map(({ entryId }) => entryId)).toEqual(ids);
  expect(three.next).toBeNull();
});

it('is for managers of that organisation alone, whatever is asked for', async () => {
  const organisationId = newId();
  const eventId = newId();
  const entryId = await service.say(StaffActed, anAct(organisationId, { eventId }));
  const other = newId();
  const foreign = await service.say(StaffActed, anAct(other));
  for (const who of [asUser(), as(other), asUser({ memberships: [{ organisationId: other, role: 'owner' }] })])
    await expect(log(organisationId, {}, who)).rejects.toMatchObject({ refusal: { code: 'ORGANISATION_NOT_FOUND' } });
  for (const role of ['box-office', 'door'] as const)
    await expect(log(organisationId, {}, as(organisationId, role))).rejects.toMatchObject({
      refusal: { code: 'ROLE_REQUIRED', details: { role: 'manager' } },
    });
  // A member of the one with the filters of the other finds nothing.
  expect((await log(other, { eventId })).entries).toEqual([]);
  expect((await log(other, { after: newId() })).entries.map((entry) => entry.entryId)).toEqual([foreign]);
  expect((await log(organisationId, {}, as(organisationId, 'owner'))).entries.map((entry) => entry.entryId)).toEqual([entryId]);
});

it('only grows: nobody changes or deletes an entry', async () => {
  const organisationId = newId();
  await service.say(StaffActed, anAct(organisationId));
  for (const statement of [`update audit_log set reason = 'other'`, 'delete from audit_log', 'truncate audit_log'])
    await expect(service.db.query(statement)).rejects.toThrow('the audit log only grows');
  expect((await log(organisationId)).entries).toHaveLength(1);
});

it.each([
  ['a reason of more than 200 characters', { reason: 'x'.repeat(201) }],
  ['a reason of two lines', { reason: 'one\ntwo' }],
  ['control characters', { reason: 'a\u0007b' }],
  ['no procedure', { action: 'did something' }],
])('hears no action with %s', async (_, changes) => {
  expect(StaffActed.payload.safeParse(anAct(newId(), changes)).success).toBe(false);
});
