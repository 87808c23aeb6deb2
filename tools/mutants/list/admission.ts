import type { Mutant } from '../mutant.ts';

const admission = 'services/booking/src/persistence/hold-admission.sql.ts';
const tests = ['services/booking/src/use-cases/hold-admission.int.test.ts'];

/** Places of areas without seats: the same promises, kept by a statement of their own. */
export const admissions: readonly Mutant[] = [
  {
    name: 'admission-ignores-time',
    guard: 'a live hold of a place is not claimable',
    file: admission,
    find: ' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())',
    replace: '',
    tests,
  },
  {
    name: 'admission-takes-some',
    guard: 'all places of a hold or none',
    file: admission,
    find: 'WHERE f.upto <= got.n)',
    replace: 'WHERE f.upto - f.n < got.n)',
    tests,
  },
  {
    name: 'admission-without-limit',
    guard: 'one limit for seats and places together',
    file: admission,
    find: ' AND o.owned + grp.n <= e.most',
    replace: '',
    tests,
  },
  {
    name: 'admission-at-any-hour',
    guard: 'the on-sale window of places',
    file: admission,
    find: ' AND e.on_sale AND',
    replace: ' AND',
    tests,
  },
  {
    name: 'admission-for-any-event',
    guard: 'only a published event sells places',
    file: admission,
    find: `e.status = 'PUBLISHED' AND`,
    replace: '',
    tests,
  },
  {
    name: 'admission-leaves-history-open',
    guard: 'a takeover of a place closes the history before',
    file: admission,
    find: 'WHERE r.reservation_id = u.prev AND r.seat_id',
    replace: 'WHERE false AND r.reservation_id = u.prev AND r.seat_id',
    tests,
  },
  {
    name: 'admission-forgets-its-reservation',
    guard: 'a reservation of places is never held again',
    file: admission,
    find: ' AND NOT j.known AND',
    replace: ' AND',
    tests,
  },
  {
    name: 'admission-believes-the-first-look',
    guard: 'nobody hears “sold out” while places are free',
    file: admission,
    find: 'look(looking, holds, waitingSql)',
    replace: 'look(looking, holds, passingSql)',
    tests,
  },
  {
    name: 'places-are-seats',
    guard: 'a place of an area is not held as a seat',
    file: 'services/booking/src/persistence/hold-seats.sql.ts',
    find: ` AND s.row_label <> ''`,
    replace: '',
    tests,
  },
];
