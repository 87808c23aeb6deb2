import { HoldBestAvailable } from '@boxoffice/contracts';
import { isUniqueViolation, query } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { asUser } from '@boxoffice/testing';
import { paraninfo } from '@boxoffice/venues';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockSeats } from '../src/persistence/block-seats.sql.ts';
import { claimsOver } from '../src/persistence/claims.ts';
import { confirmSeats } from '../src/persistence/confirm-seats.sql.ts';
import { lockCustomer } from '../src/persistence/customer-lock.ts';
import { extendHolds } from '../src/persistence/extend-hold.sql.ts';
import { admissionLooks } from '../src/persistence/hold-admission.sql.ts';
import type { Hold } from '../src/persistence/hold-seats.sql.ts';
import { reapExpired } from '../src/persistence/reap.sql.ts';
import { releaseHolds, returnSeats } from '../src/persistence/release-seats.sql.ts';
import { confirmSeat } from '../src/use-cases/confirm-seat.ts';
import { holdBestAvailable } from '../src/use-cases/hold-best-available.ts';
import { freeWhileWaiting, overtaken, type Sale, startSale, waiting } from './sale.ts';
import { at, eventOnSale, expire, freshDeps, noLocks, planOf, sound, violations } from './stage.ts';
import { seatingOf } from './together.ts';

// The checks that the design's reference statements passed, on the statements that came of them, on our PostgreSQL and on the one before it.
describe.each([18, 17] as const)('the statements of the sale on PostgreSQL %i', (version) => {
  let sale: Sale;
  beforeAll(async () => {
    sale = await startSale(version);
  });
  afterAll(() => sale.stop());
  const db = () => sale.databases[0];
  const held = async (positions: number[], changes?: Partial<Hold>): Promise<Hold> => {
    const hold = sale.group(positions, changes);
    expect(await sale.hold(hold)).toEqual(['HELD']);
    return hold;
  };
  const extend = ({ reservationId, userId }: Hold, keepMs: number) => db().pipeline([extendHolds([{ reservationId, userId, keepMs }])]);
  const release = ({ reservationId }: Hold) => releaseHolds(db(), [{ reservationId, reason: 'customer' }]);
  const rowsOf = ({ reservationId }: Hold) =>
    db()
      .query<{ text: string }>(`SELECT concat_ws(':', status, release_reason) AS text FROM seat_reservations WHERE reservation_id = $1 ORDER BY 1`, [
        reservationId,
      ])
      .then((rows) => rows.map(({ text }) => text));
  const keptUntil = async ({ seatIds }: Hold) =>
    db()
      .query<{ until: Date }>('SELECT held_until AS until FROM seats WHERE id = ANY ($1::uuid[])', [seatIds])
      .then((rows) => rows.map(({ until }) => until.getTime()));

  it('run on that version', async () => {
    const [row] = await db().query<{ major: number }>(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
    expect(row?.major).toBe(version);
  });

  it('hold: of one batch the first who wants a seat, all seats or none, and losers of losers again', async () => {
    const other = await eventOnSale(await freshDeps({ db: db() }));
    const batch = [
      ...[[0, 1], [1, 2], [2, 3], [9]].map((positions) => sale.group(positions)),
      sale.group([5], { eventId: other.eventId }),
      sale.group([6], { eventId: newId() }),
      sale.group([7], { seatIds: [newId()] }),
    ];
    expect(await sale.hold(...batch)).toEqual(['HELD', 'TAKEN', 'HELD', 'HELD', 'TAKEN', 'CLOSED', 'TAKEN']);
    expect(await sale.hold(sale.group([3, 4]))).toEqual(['TAKEN']);
    expect(await sale.hold(sale.group([4, 5]))).toEqual(['HELD']);
    expect(await sale.map(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)).toBe('1111110001');
  });

  it('confirm and settle: sold once, a replay is the same sale, another payment is not, a wrong number of seats is none', async () => {
    const hold = await held([10, 11]);
    const [mine, theirs] = [newId(), newId()];
    expect(await sale.confirm(hold, mine, 1)).toBe(false);
    expect(await sale.settle(hold, mine, 1)).toBe('GONE');
    expect(await sale.confirm(hold, mine)).toBe(true);
    expect(await sale.confirm(hold, mine)).toBe(false);
    expect([await sale.settle(hold, mine), await sale.settle(hold, theirs)]).toEqual(['CONFIRMED', 'OTHER']);
    expect(await sale.settle(sale.group([12]), mine)).toBe('GONE'); // never held
    expect(await sale.map(10, 11)).toBe('22');
  });

  it('release: what is held, and not what is sold', async () => {
    const [given, sold] = [await held([13, 14]), await held([15])];
    await sale.confirm(sold, newId());
    expect([await release(given), await release(given), await release(sold)]).toEqual([[2], [0], [0]]);
    expect(await sale.settle(given, newId())).toBe('GONE');
    expect(await sale.map(13, 14, 15)).toBe('002');
  });

  it('settle: an expired hold is sold while its seats are free, reaped or not, and over another’s expired hold', async () => {
    const [open, reaped, first] = [await held([20, 21]), await held([22]), await held([23])];
    await expire(db(), open.reservationId, reaped.reservationId, first.reservationId);
    expect(await sale.confirm(open, newId())).toBe(false);
    expect(await sale.settle(open, newId())).toBe('CONFIRMED');
    await reapExpired(db(), 0);
    const second = await held([23]);
    await expire(db(), second.reservationId);
    expect([await sale.settle(reaped, newId()), await sale.settle(first, newId())]).toEqual(['CONFIRMED', 'CONFIRMED']);
    expect([await rowsOf(second), await sale.settle(second, newId())]).toEqual([['RELEASED:expired'], 'GONE']);
    expect(await sale.map(20, 21, 22, 23)).toBe('2222');
  });

  it('takeover: closes the history of the seat it takes, and the first holder gets nothing any more', async () => {
    const first = await held([30, 31]);
    await expire(db(), first.reservationId);
    await held([31, 32]);
    expect(await rowsOf(first)).toEqual(['HELD', 'RELEASED:expired']);
    expect(await sale.settle(first, newId())).toBe('GONE');
    await release(first);
    expect(await sale.map(30, 31, 32)).toBe('011');
  });

  it('extend: once, never by another customer', async () => {
    const hold = await held([40]);
    const before = await keptUntil(hold);
    await extend({ ...hold, userId: newId() }, 600_000);
    expect(await keptUntil(hold)).toEqual(before);
    await extend(hold, 600_000);
    const extended = await keptUntil(hold);
    expect(extended[0]).toBeGreaterThan(before[0] ?? Number.POSITIVE_INFINITY);
    await extend(hold, 1_200_000);
    expect(await keptUntil(hold)).toEqual(extended);
  });

  it('return: one seat of two', async () => {
    const hold = await held([42, 43]);
    await sale.confirm(hold, newId());
    expect(await returnSeats(db(), hold.reservationId, at(sale.event, 42))).toEqual(at(sale.event, 42));
    expect(await returnSeats(db(), hold.reservationId, at(sale.event, 42))).toEqual([]);
    expect(await sale.map(42, 43)).toBe('02');
  });

  it('seat map: 0 free, 1 held, 2 sold, 3 blocked, and an expired hold is free', async () => {
    const [, sold, over] = [await held([51]), await held([52]), await held([54])];
    await sale.confirm(sold, newId());
    await blockSeats(db(), sale.event.eventId, at(sale.event, 53));
    await expire(db(), over.reservationId);
    expect(await sale.map(50, 51, 52, 53, 54)).toBe('01230');
    expect(await sale.hold(...[51, 52, 53, 54].map((position) => sale.group([position])))).toEqual(['TAKEN', 'TAKEN', 'TAKEN', 'HELD']);
  });

  it('reap: what has been over for the grace, waiting for nobody', async () => {
    const [live, first, second] = [await held([60]), await held([61]), await held([62])];
    await expire(db(), first.reservationId, second.reservationId); // a minute ago
    await reapExpired(db(), 120_000);
    expect([await rowsOf(first), await rowsOf(second)]).toEqual([['HELD'], ['HELD']]);
    await db().transaction(async (tx) => {
      await query(tx, 'SELECT 1 FROM seat_reservations WHERE reservation_id = $1 FOR UPDATE', [first.reservationId]);
      expect(await reapExpired(db(), 30_000)).toBeGreaterThan(0);
    });
    expect([await rowsOf(live), await rowsOf(first), await rowsOf(second)]).toEqual([['HELD'], ['HELD'], ['RELEASED:expired']]);
  });

  it.each([
    ['confirm', 70, (hold: Hold) => sale.confirm(hold, newId()), false],
    ['extend', 71, (hold: Hold) => extend(hold, 600_000).then(() => 'nothing'), 'nothing'],
    ['release', 72, (hold: Hold) => release(hold).then(([seats]) => seats), 0],
  ] as const)('%s: touches no seat that was taken over while it waited for it', async (_, position, statement, answer) => {
    const { said, other } = await overtaken<unknown>(sale, position, statement);
    expect(said).toBe(answer);
    expect(await sale.map(position)).toBe('1');
    const [until = 0] = await keptUntil(other);
    expect(until - Date.now()).toBeLessThan(310_000);
    expect(await sale.confirm(other, newId())).toBe(true);
  });

  it('hold, confirm, extend, release: lock seats in the order of their ids, whatever the order they come in', async () => {
    const row = [100, 101, 102, 103, 104, 105, 106, 107, 108];
    const [odd, even] = [sale.group([107, 103, 101, 105]), sale.group([102, 108, 106, 100, 104])];
    const both = [even, odd];
    const again = both.map((hold) => ({ ...hold, reservationId: newId() })); // a reservation that was given back stays so
    const paid = again.map(({ reservationId, seatIds }) => ({ reservationId, paymentId: newId(), seats: seatIds.length }));
    const asked = both.map(({ reservationId, userId }) => ({ reservationId, userId, keepMs: 600_000 }));
    const given = both.map(({ reservationId }) => ({ reservationId, reason: 'customer' as const }));
    const steps = [
      () => sale.hold(...both),
      () => db().pipeline([extendHolds(asked)]),
      () => releaseHolds(db(), given),
      () => sale.hold(...again),
      () => db().pipeline([confirmSeats(paid)]),
    ];
    for (const step of steps) expect(await freeWhileWaiting(sale, row, step)).toEqual([105, 106, 107, 108]);
    expect(await sale.map(...row)).toBe('222222222');
  });

  it('hold: two of one customer are judged one after the other', async () => {
    const { eventId, seats } = await eventOnSale(await freshDeps({ db: db() })); // 8 seats for each
    const userId = newId();
    const wants = [seats.slice(0, 5), seats.slice(5, 10)].map((seatIds) => sale.group([], { eventId, seatIds, userId }));
    const answers = await db().transaction(async (tx) => {
      await lockCustomer(tx, userId);
      const both = wants.map((hold) => sale.hold(hold));
      await waiting(db(), 2);
      return both;
    });
    expect((await Promise.all(answers)).flat().sort()).toEqual(['CLOSED', 'HELD']);
  });

  it('settle: counts what its customer has while no hold of his comes between', async () => {
    const { eventId, seats } = await eventOnSale(await freshDeps({ db: db() }));
    const late = sale.group([], { eventId, seatIds: seats.slice(0, 5) });
    await sale.hold(late);
    await expire(db(), late.reservationId);
    const deps = await freshDeps({ db: db(), claims: claimsOver(db()), locks: noLocks });
    const [sold, next] = await db().transaction(async (tx) => {
      await query(tx, 'SELECT 1 FROM seats WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE', [late.seatIds]);
      const paid = { reservationId: late.reservationId, paymentId: newId(), seats: 5 };
      const selling = confirmSeat(deps)(paid, { actor: { kind: 'service', name: 'payment' }, requestId: 'r' });
      await waiting(db(), 1);
      const holding = sale.hold(sale.group([], { eventId, userId: late.userId, seatIds: seats.slice(5, 10) }));
      await waiting(db(), 2);
      return [selling, holding];
    });
    expect([await sold, await next]).toEqual(['CONFIRMED', ['CLOSED']]);
  });

  it('best available: groups in the Paraninfo sit side by side', async () => {
    const deps = await freshDeps({ db: db(), locks: noLocks });
    const { eventId } = await eventOnSale(deps, { plan: paraninfo() });
    const three = () => holdBestAvailable(deps)(HoldBestAvailable.parse({ eventId, quantity: 3 }), asUser());
    await Promise.all(Array.from({ length: 6 }, three));
    expect(await seatingOf(db(), eventId)).toMatchObject({ groups: 6, splitGroups: 0, free: 603 - 18 });
  });

  it('general admission: a batch takes what there is, all of a hold or none, and expired places again', async () => {
    const plan = { ...planOf(1, 2), admissionAreas: [{ name: 'Yard', category: 'Stalls', capacity: 5 }] };
    const { eventId } = await eventOnSale(await freshDeps({ db: db() }), { plan });
    const looks = admissionLooks(db());
    const want = (quantity: number) => ({ reservationId: newId(), userId: newId(), eventId, area: 'Yard', quantity, ttlMs: 300_000 });
    const results = async (...wants: ReturnType<typeof want>[]) => (await looks.last(wants)).map(({ result }) => result);
    const first = want(3);
    expect(await results(first, want(3), want(2))).toEqual(['HELD', 'SOLD_OUT', 'HELD']);
    await expire(db(), first.reservationId);
    expect(await results(want(4), want(3), want(1))).toEqual(['SOLD_OUT', 'HELD', 'SOLD_OUT']);
  });

  it('the last line of defence: a second sale, or a seat sold to nobody, cannot be written', async () => {
    const hold = await held([80]);
    await sale.confirm(hold, newId());
    const again = `INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id)
      SELECT id, gen_random_uuid(), event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id FROM seat_reservations WHERE reservation_id = $1`;
    const error = await db()
      .query(again, [hold.reservationId])
      .catch((thrown: unknown) => thrown);
    expect(isUniqueViolation(error, 'seat_reservations_confirmed')).toBe(true);
    await expect(db().query(`UPDATE seats SET status = 'SOLD' WHERE id = ANY ($1)`, [at(sale.event, 81)])).rejects.toThrow(/seats_sold_shape/);
    expect(await violations(db())).toEqual(sound);
  });
});
