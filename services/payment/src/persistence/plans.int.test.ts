import { eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cards, freshStage, type Stage } from '../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await freshStage();
});
afterAll(() => stage.close());

test('plans made while there was no payment yet do not read all payments for every batch', async () => {
  const { payment } = await stage.process();
  await stage.db.query('ANALYZE'); // as after a restore: Postgres takes the tables to be empty, not unknown
  for (let turn = 0; turn < 12; turn++) {
    const customers = await Promise.all(Array.from({ length: 5 }, () => stage.customer(payment)));
    const paid = await Promise.all(customers.map(({ me, paymentId }) => payment.confirmPayment({ paymentId, card: cards.approved }, me)));
    expect(paid.map(({ status }) => status)).toEqual(Array(5).fill('CONFIRMED'));
  }
  await stage.close(); // what these sessions read is counted when they end
  await eventually(async () => {
    const seen = await stage.db.query<{ relname: string; rows: number; read: number; looked: number }>(
      `SELECT t.relname, t.n_tup_ins::int AS rows, t.seq_tup_read::int AS read, i.idx_tup_read::int AS looked
       FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
       WHERE i.indexrelname IN ('transactions_pkey', 'payment_steps_pkey') ORDER BY t.relname`,
    );
    expect(seen.map(({ relname, rows }) => [relname, rows])).toEqual([
      ['payment_steps', 180],
      ['transactions', 60],
    ]);
    for (const { rows, read } of seen) expect(read).toBeLessThan(rows); // 3,330 steps by plans that Postgres makes left to itself
    // Each is looked up some times in its life, by key (more on a busy machine); whoever walks the whole index meets half of all each time: 42 and more.
    for (const { rows, looked } of seen) expect(looked).toBeLessThan(rows * 32);
  });
});
