import { isRefusal } from '@boxoffice/contracts';
import { describe, expect, it } from 'vitest';
import { type EventGate, refuseClosed, refuseOtherSeats, refuseSeats, type SeatState } from './hold.ts';

const at = '2030-01-01T00:00:00Z';
const gate: EventGate = { status: 'PUBLISHED', organisationId: 'o', onSale: true, onSaleFrom: at, onSaleUntil: at, maxSeats: 4, owned: 3 };
const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    if (isRefusal(error)) return error.refusal.code;
    throw error;
  }
};

describe('a hold that is not even tried', () => {
  const told = (event: EventGate | null, memberships: { organisationId: string; role: 'door' }[] = []) =>
    codeOf(() => refuseClosed(event, { memberships }));

  it.each([
    ['no event', null, 'EVENT_NOT_FOUND'],
    ['a draft', { ...gate, status: 'DRAFT' }, 'EVENT_NOT_FOUND'],
    ['a cancelled one', { ...gate, status: 'CANCELLED', onSale: false }, 'EVENT_CANCELLED'],
    ['a closed window', { ...gate, onSale: false }, 'ON_SALE_CLOSED'],
    ['too many seats', gate, 'SEAT_LIMIT_EXCEEDED'],
  ] as const)('for %s is told so', (_, event, code) => expect(told(event)).toBe(code));

  it('in a draft tells members that it is not on sale', () =>
    expect(told({ ...gate, status: 'DRAFT' }, [{ organisationId: 'o', role: 'door' }])).toBe('ON_SALE_CLOSED'));
});

describe('a reservation that was here before', () => {
  it.each([
    [['b', 'a'], undefined],
    [['a'], 'IDEMPOTENCY_KEY_REUSED'],
    [['a', 'c'], 'IDEMPOTENCY_KEY_REUSED'],
    [[], 'IDEMPOTENCY_KEY_REUSED'],
  ])('with the seats %j is the same one, or its key was used for another', (before, code) =>
    expect(codeOf(() => refuseOtherSeats(before, ['a', 'b']))).toBe(code),
  );
});

describe('seats that stand in the way', () => {
  const seat = (seatId: string, changes: Partial<SeatState> = {}): SeatState => ({
    seatId,
    eventId: 'e',
    status: 'AVAILABLE',
    held: false,
    ...changes,
  });
  const told = (states: SeatState[], free: string[] = []) => {
    try {
      return refuseSeats(states, 'e', free);
    } catch (error) {
      if (isRefusal(error)) return [error.refusal.code, (error.refusal.details as { seatIds: string[] }).seatIds]; // every refusal of seats names them
      throw error;
    }
  };
  const all = [
    seat('1', { eventId: null, status: null }),
    seat('2', { eventId: 'x' }),
    seat('3', { status: 'SOLD' }),
    seat('4', { status: 'BLOCKED' }),
    seat('5', { held: true }),
  ];

  it.each([
    [0, 'SEAT_UNKNOWN', '1'],
    [1, 'SEAT_OF_ANOTHER_EVENT', '2'],
    [2, 'SEAT_SOLD', '3'],
    [3, 'SEAT_BLOCKED', '4'],
    [4, 'SEAT_ALREADY_HELD', '5'],
  ])('are told worst first, each with its seats (%i)', (from, code, id) => expect(told(all.slice(from))).toEqual([code, [id]]));

  it('and are free again by now were held: the ones that were not free then', () =>
    expect(told([seat('1'), seat('2')], ['1'])).toEqual(['SEAT_ALREADY_HELD', ['2']]));
  it('never answer nothing', () => expect(told([seat('1')], ['1'])).toEqual(['SEAT_ALREADY_HELD', ['1']]));
});
