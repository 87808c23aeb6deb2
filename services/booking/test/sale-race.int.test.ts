import type { Database } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hold, holdSeats } from '../src/persistence/hold-seats.sql.ts';
import { reapExpired } from '../src/persistence/reap.sql.ts';
import { releaseHolds, returnSeats } from '../src/persistence/release-seats.sql.ts';
import { confirm, type Sale, settle, startSale } from './sale.ts';
import { sound, violations } from './stage.ts';

const seats = 200;
const customers = Array.from({ length: 24 }, () => newId());
const upTo = (n: number) => Math.floor(Math.random() * n);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
/** In no order, as they come in. */
const some = <T>(all: readonly T[], most: number): T[] => [...new Set(Array.from({ length: 1 + upTo(most) }, () => all[upTo(all.length)] as T))]; // never empty here

/** What happened in a race, and what must not. */
type Race = { count: Record<string, number>; owners: Map<string, string>; problems: unknown[] };

/** Holds up to 6 groups of up to 5 seats in one statement, then pays for some, gives some back, and lets the others run out. */
async function oneRound(db: Database, sale: Sale, race: Race): Promise<void> {
  const tally = (what: string): void => {
    race.count[what] = (race.count[what] ?? 0) + 1;
  };
  const positions = Array.from({ length: seats }, (_, position) => position);
  const groups = some(customers, 6).map((userId) => sale.group(some(positions, 5), { userId, ttlMs: 120 }));
  const attempts = await holdSeats(db, groups);
  for (const { result } of attempts) tally(result);
  await pause(200);
  for (const hold of groups.filter((_, n) => attempts[n]?.result === 'HELD')) {
    const dice = Math.random();
    if (dice < 0.5) await pay(db, hold, race, tally);
    else if (dice < 0.7) await releaseHolds(db, [{ reservationId: hold.reservationId, reason: 'customer' }]).then(([n]) => n && tally('released'));
  }
  if (Math.random() < 0.1) await reapExpired(db, 200);
}

async function pay(db: Database, hold: Hold, { owners, problems }: Race, tally: (what: string) => void): Promise<void> {
  const paymentId = newId();
  const plain = await confirm(db, hold, { paymentId });
  const verdict = plain ? 'CONFIRMED' : await settle(db, hold, { paymentId });
  tally(plain ? 'confirmed' : `settled ${verdict}`);
  if (verdict !== 'CONFIRMED') return;
  for (const id of hold.seatIds) {
    if (owners.has(id)) problems.push(`seat ${id} is sold to ${owners.get(id)} and ${paymentId}`);
    owners.set(id, paymentId);
  }
  if (Math.random() < 0.3) {
    expect(await settle(db, hold, { paymentId })).toBe('CONFIRMED');
    expect(await settle(db, hold, { paymentId: newId() })).toBe('OTHER');
    tally('replayed');
  }
  await pause(60);
  for (const id of hold.seatIds) owners.delete(id);
  expect(await returnSeats(db, hold.reservationId, hold.seatIds)).toHaveLength(hold.seatIds.length);
  tally('returned');
}

describe.each([18, 17] as const)('the statements of the sale on PostgreSQL %i, raced', (version) => {
  let sale: Sale;
  beforeAll(async () => {
    sale = await startSale(version, 30);
  });
  afterAll(() => sale.stop());

  it.each([
    [2, 20],
    [24, 25],
  ])('by %i connections, %i rounds each: nothing is sold twice, nobody waits in a circle, history agrees at every moment', async (buyers, rounds) => {
    const race: Race = { count: {}, owners: new Map(), problems: [] };
    let buying = true;
    const buyer = async (n: number) => {
      const db = sale.databases[n % sale.databases.length] ?? sale.databases[0];
      for (let round = 0; round < rounds; round++) await oneRound(db, sale, race).catch((error) => race.problems.push(error)); // a deadlock, too
    };
    const watch = async () => {
      while (buying) {
        const found = await violations(sale.databases[0]);
        if (JSON.stringify(found) !== JSON.stringify(sound)) race.problems.push(found);
        await pause(50);
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: buyers }, (_, n) => buyer(n))).finally(() => {
      buying = false;
    });
    await watching;
    console.log(JSON.stringify(race.count));
    expect(race.problems).toEqual([]);
    expect(await violations(sale.databases[0])).toEqual(sound);
    for (const what of ['HELD', 'confirmed', 'returned', 'released']) expect(race.count[what], what).toBeGreaterThan(0);
  });
});
