import { expect, test } from 'vitest';
import { anyone, asMember, asServiceCaller, asUser } from './callers.ts';
import { eventually } from './eventually.ts';

test('eventually returns what the first check without an error returned', async () => {
  let tries = 0;
  const result = await eventually(() => {
    if (++tries < 3) throw new Error('not yet');
    return tries;
  });
  expect(result).toBe(3);
});

test('eventually throws the last error when the time is over', async () => {
  let tries = 0;
  const failing = eventually(async () => Promise.reject(new Error(`try ${++tries}`)), { withinMs: 100 });
  await expect(failing).rejects.toThrow(/^try [2-9]$/);
});

test('every caller is another user, unless one is named', () => {
  expect(asUser().actor.userId).not.toBe(asUser().actor.userId);
  expect(asUser({ userId: 'u', guest: true, idempotencyKey: 'k' })).toMatchObject({
    actor: { kind: 'user', userId: 'u', guest: true, memberships: [] },
    idempotencyKey: 'k',
  });
  expect(asMember({ organisationId: 'o', role: 'door' }).actor.memberships).toEqual([{ organisationId: 'o', role: 'door' }]);
  expect(asServiceCaller('payment', 'u').actor).toEqual({ kind: 'service', name: 'payment', onBehalfOf: 'u' });
  expect(anyone().actor).toEqual({ kind: 'anyone' });
});
