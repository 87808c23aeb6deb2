import { isRefusal } from '@boxoffice/contracts';
import { describe, expect, it } from 'vitest';
import { type HoldAttempt, judgeHold, refuseSeats, type SeatState } from './hold.ts';

const at = new Date('2030-01-01T00:00:00Z');
const onSale = { status: 'PUBLISHED', organisationId: 'o', onSale: true, onSaleFrom: at, onSaleUntil: at, maxSeats: 4 } as const;
const attempt = (changes: Partial<Omit<HoldAttempt, 'status'>> & { status?: HoldAttempt['status']; onSale?: boolean } = {}) =>
  ({ held: 0, free: [], before: [], owned: 0, ...onSale, ...changes }) as HoldAttempt; // the union is told apart by status alone
const judged = (changes: Parameters<typeof attempt>[0], memberships: { organisationId: string; role: 'door' }[] = []) =>
  codeOf(() => judgeHold(attempt(changes), ['a', 'b'], { memberships }));
const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    if (isRefusal(error)) return error.refusal.code;
    throw error;
  }
};

describe('a try to hold two seats', () => {
  it.each([
    ['took both', { held: 2 }, 'held'],
    ['found one taken', { free: ['a'] }, 'lost'],
    ['found no event', { status: null }, 'EVENT_NOT_FOUND'],
    ['found a draft', { status: 'DRAFT' }, 'EVENT_NOT_FOUND'],
    ['found it cancelled', { status: 'CANCELLED' }, 'EVENT_CANCELLED'],
    ['came outside the window', { onSale: false }, 'ON_SALE_CLOSED'],
    ['fits the limit exactly', { owned: 2, free: ['a'] }, 'lost'],
    ['exceeds the limit', { owned: 3 }, 'SEAT_LIMIT_EXCEEDED'],
    ['is a repetition', { before: ['b', 'a'] }, 'repeated'],
    ['is a repetition after the event was cancelled', { before: ['b', 'a'], status: 'CANCELLED' }, 'repeated'],
    ['had fewer seats before', { before: ['a'] }, 'IDEMPOTENCY_KEY_REUSED'],
    ['had other seats before', { before: ['a', 'c'] }, 'IDEMPOTENCY_KEY_REUSED'],
  ] as const)('that %s is told so', (_, changes, verdict) => expect(judged(changes as Parameters<typeof attempt>[0])).toBe(verdict));

  it('in a draft tells members that it is not on sale', () =>
    expect(judged({ status: 'DRAFT' }, [{ organisationId: 'o', role: 'door' }])).toBe('ON_SALE_CLOSED'));
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
