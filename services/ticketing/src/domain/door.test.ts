import { organisationsWhere, Refusal, type Role, type User } from '@boxoffice/contracts';
import { describe, expect, it } from 'vitest';
import { decideCode, decideDoor, refusalAtDoor, type TicketAtDoor } from './door.ts';

const organisationId = '01934b7e-5a00-7000-8000-00000000000a';
const member = (role: Role, of = organisationId): User => ({
  kind: 'user',
  userId: '01934b7e-5a00-7000-8000-00000000000b',
  guest: false,
  memberships: [{ organisationId: of, role }],
});
const refusalOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.refusal;
    throw error;
  }
  return 'let through';
};

describe('who may work at the door', () => {
  it.each(['owner', 'manager', 'door'] as const)('%s of the organisation', (role) => {
    expect(organisationsWhere(member(role), 'door')).toEqual([organisationId]);
    expect(refusalOf(() => decideDoor(member(role), { organisationId }))).toBe('let through');
  });
  it('not the box office: a colleague is told the role', () => {
    expect(refusalOf(() => decideDoor(member('box-office'), { organisationId }))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'door' } });
  });
  it('nobody at an event that is not theirs', () => {
    expect(refusalOf(() => decideDoor(member('owner'), undefined))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
  });
});

describe('why a code is turned away', () => {
  const code = { ticketId: '01934b7e-5a00-7000-8000-000000000001', revision: 2 };
  const ticket: TicketAtDoor = { status: 'ACTIVE', revision: 2, usedAt: null, gate: null, cancelReason: null };
  const usedAt = new Date('2026-11-22T19:30:00.000Z');
  const told = (at: TicketAtDoor | undefined) =>
    refusalOf(() => {
      throw refusalAtDoor(at, code);
    });
  it.each(['unreadable', 'unknown-key', 'signature'] as const)('%s: forged', (forged) =>
    expect(refusalOf(() => decideCode({ forged }))).toEqual({ code: 'TICKET_FORGED', details: { reason: forged } }),
  );
  it('no such ticket: forged', () => expect(told(undefined)).toEqual({ code: 'TICKET_FORGED', details: { reason: 'unknown-ticket' } }));
  it('a code that was replaced: forged, even when the ticket was used', () =>
    expect(told({ ...ticket, revision: 3, status: 'USED', usedAt, gate: 'North' })).toEqual({
      code: 'TICKET_FORGED',
      details: { reason: 'superseded' },
    }));
  it('cancelled, with the reason', () =>
    expect(told({ ...ticket, status: 'CANCELLED', cancelReason: 'refunded' })).toEqual({
      code: 'TICKET_CANCELLED',
      details: { reason: 'refunded' },
    }));
  it('used, with time and gate', () =>
    expect(told({ ...ticket, status: 'USED', usedAt, gate: 'North' })).toEqual({
      code: 'TICKET_ALREADY_USED',
      details: { usedAt: usedAt.toISOString(), gate: 'North' },
    }));
  it('an active ticket that was not let in is a bug, not a refusal', () => expect(() => told(ticket)).toThrow('is ACTIVE'));
});
