import { describe, expect, test } from 'vitest';
import { by, countAnswers, identityStage, refusalOf, registered } from '../../test/stage.ts';

describe('where only the first account may create organisations', () => {
  const stage = identityStage();

  test('of accounts registering at once exactly one is the first', async () => {
    const sessions = await Promise.all(Array.from({ length: 8 }, () => registered(stage.identity)));
    const create = () => countAnswers(sessions.map((session) => stage.identity.createOrganisation({ name: 'Paraninfo' }, by(session))));
    expect(await create()).toEqual({ ok: 1, ORGANISATION_CREATION_CLOSED: 7 });
    expect(await create()).toEqual({ ok: 1, ORGANISATION_CREATION_CLOSED: 7 });
  });
});

describe('where anyone may', () => {
  const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
  const create = (session: Parameters<typeof by>[0], name: string, idempotencyKey?: string) =>
    stage.identity.createOrganisation({ name }, by(session, idempotencyKey ? { idempotencyKey } : {}));

  test('the same key gives the same organisation, also at once; another body is refused', async () => {
    const ana = await registered(stage.identity);
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(ana, 'Paraninfo', 'key-1')));
    expect(new Set(answers.map((answer) => answer.organisationId)).size).toBe(1);
    expect(await refusalOf(create(ana, 'Teatro', 'key-1'))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await refusalOf(create(await registered(stage.identity), 'Teatro', 'key-1'))).toBe('ok');
    expect((await stage.identity.me({}, by(ana))).memberships).toHaveLength(1);
  });

  test('nobody comes to more than twenty, however many are asked for at once', async () => {
    const ana = await registered(stage.identity);
    const answers = await countAnswers(Array.from({ length: 25 }, (_, index) => create(ana, `Hall ${index}`)));
    expect(answers).toEqual({ ok: 20, CONFLICT: 5 });
    expect((await stage.identity.me({}, by(ana))).memberships).toHaveLength(20);
  });
});
