import type { Database } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { eventually } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { eventOnSale, freshDeps, planOf } from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { holdSeats } from './hold-seats.sql.ts';

/** Everybody wants one seat: all of them, so many to a batch. */
async function holdAll({ db, holdTtlMs: ttlMs }: Deps, eventId: string, seats: readonly string[], batch: number): Promise<void> {
  for (let at = 0; at < seats.length; at += batch) {
    const holds = seats.slice(at, at + batch).map((seatId) => ({ reservationId: newId(), userId: newId(), eventId, seatIds: [seatId], ttlMs }));
    expect((await holdSeats(db, holds)).every(({ result }) => result === 'HELD')).toBe(true);
  }
}

test('a plan made while there was no reservation yet does not read all of them for every batch', async () => {
  const deps = await freshDeps();
  const { eventId, seats } = await eventOnSale(deps, { plan: planOf(20, 50) });
  await deps.db.query('ANALYZE'); // as after a restore: Postgres now takes seat_reservations to be empty, and a join in the wrong order to be free
  await holdAll(deps, eventId, seats, 50);
  await eventually(async () => {
    await deps.db.query('SELECT pg_stat_force_next_flush()'); // the session that held
    const [seen] = await deps.db.query<{ held: number; read: number }>(
      `SELECT t.n_tup_ins AS held, i.idx_tup_read AS read FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
       WHERE i.indexrelname = 'seat_reservations_pkey'`,
    );
    expect(seen?.held).toBe(1_000);
    expect(seen?.read).toBeLessThan(1_000); // 9,500 in the wrong order, growing with the square
  });
});

test('neighbours that are held together stay on their page, so that no index hears of it', async () => {
  const deps = await freshDeps();
  const { eventId, seats } = await eventOnSale(deps, { plan: planOf(20, 50) });
  await holdAll(deps, eventId, seats, 64);
  await eventually(async () => {
    await deps.db.query('SELECT pg_stat_force_next_flush()'); // the session that held
    const [seen] = await deps.db.query(
      "SELECT n_tup_upd::int AS held, n_tup_hot_upd::int AS stayed FROM pg_stat_user_tables WHERE relname = 'seats'",
    );
    expect(seen).toEqual({ held: 1_000, stayed: 1_000 }); // with fillfactor 60 two of three stay
  });
});

test('who holds his seats hears so, also when the connection is lost on the second round of the others', async () => {
  const deps = await freshDeps();
  const { eventId, seats } = await eventOnSale(deps, { plan: planOf(1, 3) });
  const [a = '', b = '', c = ''] = seats;
  let rounds = 0;
  const pipeline: Database['pipeline'] = (statements) => (++rounds === 2 ? Promise.reject(new Error('lost')) : deps.db.pipeline(statements));
  const wanted = [[a, b], [b, c], [c]];
  const holds = wanted.map((seatIds) => ({ reservationId: newId(), userId: newId(), eventId, seatIds, ttlMs: deps.holdTtlMs }));
  const attempts = await holdSeats({ ...deps.db, pipeline }, holds);
  expect(attempts.map(({ result }) => result)).toEqual(['HELD', 'TAKEN', 'FAILED']); // the third lost c only to the second, who lost himself
});
