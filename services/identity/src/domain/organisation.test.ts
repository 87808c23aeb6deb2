import { isRefusal } from '@boxoffice/contracts';
import { describe, expect, test } from 'vitest';
import { decideCreation, decideRole, type MembersOf, maxMemberships, mayJoin } from './organisation.ts';

const codeOf = (decide: () => void) => {
  try {
    decide();
    return 'ok';
  } catch (error) {
    if (isRefusal(error)) return error.refusal.code;
    throw error;
  }
};

test('who may create an organisation', () => {
  expect(codeOf(() => decideCreation('first-account', true))).toBe('ok');
  expect(codeOf(() => decideCreation('first-account', false))).toBe('ORGANISATION_CREATION_CLOSED');
  expect(codeOf(() => decideCreation('anyone', false))).toBe('ok');
});

test('twenty memberships are the most', () => {
  expect([0, maxMemberships - 1, maxMemberships].map(mayJoin)).toEqual([true, true, false]);
});

describe('giving a role', () => {
  const asked = (members: Partial<MembersOf>, role: 'owner' | 'door' = 'door') =>
    codeOf(() => decideRole({ callerRole: 'owner', targetRole: undefined, owners: 1, ...members }, role));

  test('is for owners', () => {
    expect(asked({})).toBe('ok');
    for (const callerRole of ['manager', 'box-office', 'door'] as const) expect(asked({ callerRole })).toBe('ROLE_REQUIRED');
    expect(asked({ callerRole: undefined })).toBe('ORGANISATION_NOT_FOUND');
  });

  test('never takes the last owner away', () => {
    expect(asked({ targetRole: 'owner', owners: 1 })).toBe('ROLE_REQUIRED');
    expect(asked({ targetRole: 'owner', owners: 2 })).toBe('ok');
    expect(asked({ targetRole: 'owner', owners: 1 }, 'owner')).toBe('ok');
  });
});
