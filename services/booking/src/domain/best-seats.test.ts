import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DrawnHall, drawn } from '../../test/drawn-hall.ts';
import { chooserOver, mostTogether, type Wish } from './best-seats.ts';

const wish = (quantity: number, more: Partial<Wish> = {}): Wish => ({ quantity, accessible: 0, ...more });
const find = ({ hall, free }: DrawnHall, wanted: Wish) => chooserOver(hall, free).find(wanted);
/** What a series of groups gets, one after the other. */
const take = ({ hall, free }: DrawnHall, ...groups: number[]) => {
  const chooser = chooserOver(hall, free);
  return groups.map((quantity) => chooser.take(wish(quantity)));
};

describe('a group that cannot sit together', () => {
  it.each([
    ['in an empty hall', drawn(), wish(1)],
    ['where all is taken', drawn('xxxx'), wish(1)],
    ['where an aisle divides the free seats', drawn('xx. .xx'), wish(2)],
    ['where a row ends', drawn('xx.', '.xx'), wish(2)],
    ['where somebody sits between', drawn('.x.x.'), wish(2)],
    ['where only wheelchair places are left', drawn('AA'), wish(1)],
    ['where a wheelchair place stands between', drawn('.A.'), wish(2)],
    ['where its category is taken', drawn({ category: 'T', seats: '..' }), wish(2, { category: 'S' })],
    ['where too few wheelchair places are beside each other', drawn('A..A'), wish(3, { accessible: 2 })],
    ['where a companion would take a wheelchair place', drawn('AA'), wish(2, { accessible: 1 })],
    ['where the wheelchair places are taken', drawn('aCC.'), wish(2, { accessible: 1 })],
  ])('%s gets nothing', (_, place, wanted) => expect(find(place, wanted)).toBeUndefined());
});

describe('the choice', () => {
  it.each([
    ['the first row that has room', drawn('xx.x', 'x..x', '....'), wish(2), [5, 6]],
    ['the first section of the plan', drawn({ section: 'A', seats: 'x.' }, { section: 'B', seats: '..' }), wish(1), [1]],
    ['the wanted category', drawn({ category: 'T', seats: '..' }, { category: 'S', seats: '..' }), wish(2, { category: 'S' }), [2, 3]],
    ['a gap that is filled', drawn('....x..x'), wish(2), [5, 6]],
    ['seats that leave nobody alone, in the same row', drawn('...x....'), wish(2), [4, 5]],
    ['seats that leave nobody alone, two rows behind', drawn('...', 'xxx', '....'), wish(2), [6, 7]],
    ['the better row, when the kind one is three behind', drawn('...', 'xxx', 'xxx', '....'), wish(2), [0, 1]],
    ['the better section', drawn({ section: 'A', seats: '...' }, { section: 'B', seats: '....' }), wish(2), [0, 1]],
    ['the same category', drawn({ category: 'S', seats: '...' }, { category: 'T', seats: '....' }), wish(2), [0, 1]],
    ['an end of the gap', drawn('.......'), wish(3), [0, 1, 2]],
    ['for one, a seat that stands alone', drawn('..x.x'), wish(1), [3]],
  ])('is %s', (_, place, wanted, seats) => expect(find(place, wanted)).toEqual(seats));

  it('gives no seat twice, and cuts a row without leaving a seat alone where it can', () => {
    expect(take(drawn('.......'), 3, 2, 2, 1)).toEqual([[0, 1, 2], [3, 4], [5, 6], undefined]);
    expect(take(drawn('....', '....'), 3, 3)).toEqual([
      [0, 1, 2],
      [4, 5, 6],
    ]);
  });
});

describe('wheelchair places and companion seats', () => {
  it.each([
    ['a wheelchair user and a companion side by side', drawn('..', 'AC'), wish(2, { accessible: 1 }), [2, 3]],
    ['the companion seat before an ordinary one', drawn('.AC'), wish(2, { accessible: 1 }), [1, 2]],
    ['an ordinary seat where no companion seat is free', drawn('.Ac'), wish(2, { accessible: 1 }), [0, 1]],
    ['two wheelchair users alone', drawn('CAAC'), wish(2, { accessible: 2 }), [1, 2]],
    ['a family around a wheelchair place', drawn('.CAC.'), wish(4, { accessible: 1 }), [0, 1, 2, 3]],
    ['no companion seat to others while ordinary ones are free, however far', drawn('CC', 'xx', 'xx', 'xx', '..'), wish(2), [8, 9]],
    ['companion seats to others when nothing else is left, as few as possible', drawn('CCx', 'xC.'), wish(2), [4, 5]],
  ])('give %s', (_, place, wanted, seats) => expect(find(place, wanted)).toEqual(seats));

  it('are chosen as many as are wanted and never more', () => {
    const { hall, free } = drawn('AAACC');
    expect(chooserOver(hall, free).find(wish(3, { accessible: 1 }))).toEqual([2, 3, 4]);
    expect(chooserOver(hall, free).find(wish(3, { accessible: 3 }))).toEqual([0, 1, 2]);
  });
});

it('tells the largest smaller group of the same wish', () => {
  const most = (place: DrawnHall, wanted: Wish) => mostTogether(chooserOver(place.hall, place.free), wanted);
  expect(most(drawn('...x..'), wish(5))).toBe(3);
  expect(most(drawn('xxx'), wish(5))).toBe(0);
  expect(most(drawn('AC', '....'), wish(4, { accessible: 1 }))).toBe(2);
  expect(most(drawn('A....'), wish(7, { accessible: 2 }))).toBe(0);
  expect(most(drawn({ category: 'T', seats: '....' }, '..'), wish(5, { category: 'S' }))).toBe(2);
});

describe('any hall and any series of groups', () => {
  const row = fc.record({ category: fc.constantFrom('S', 'T'), seats: fc.string({ unit: fc.constantFrom(...'....xAC '), maxLength: 14 }) });
  const anyWish = fc
    .record({ quantity: fc.integer({ min: 1, max: 5 }), accessible: fc.integer({ min: 0, max: 2 }), category: fc.constantFrom(undefined, 'S') })
    .filter(({ quantity, accessible }) => accessible <= quantity);

  /** Every way to seat the group, found by trying all. */
  const waysToSeat = ({ hall: { seats, rows } }: DrawnHall, isFree: (at: number) => boolean, wanted: Wish): number[][] =>
    rows
      .flatMap(({ runs }) => runs)
      .flatMap(({ from, to }) => Array.from({ length: Math.max(0, to - from - wanted.quantity + 1) }, (_, n) => from + n))
      .map((from) => Array.from({ length: wanted.quantity }, (_, n) => from + n))
      .filter((group) => group.every((at) => isFree(at) && (wanted.category ?? seats[at]?.category) === seats[at]?.category))
      .filter((group) => group.filter((at) => seats[at]?.kind === 'accessible').length === wanted.accessible);

  it('seats a group exactly when there is a way to, on free seats, and gives companion seats to others only when it must', () =>
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), fc.array(anyWish, { maxLength: 12 }), (rows, wishes) => {
        const place = drawn(...rows);
        const chooser = chooserOver(place.hall, place.free);
        const taken = new Set<number>();
        const ofCompanions = (group: number[]) => group.filter((at) => place.hall.seats[at]?.kind === 'companion').length;
        for (const wanted of wishes) {
          const ways = waysToSeat(place, (at) => place.free[at] === '1' && !taken.has(at), wanted);
          const got = chooser.take(wanted);
          if (!got) expect(ways).toEqual([]);
          else {
            expect(ways).toContainEqual(got);
            if (wanted.accessible === 0 && ofCompanions(got) > 0) expect(Math.min(...ways.map(ofCompanions))).toBeGreaterThan(0);
          }
          for (const at of got ?? []) taken.add(at);
        }
      }),
      { numRuns: 2_000, seed: 20261125 },
    ));
});
