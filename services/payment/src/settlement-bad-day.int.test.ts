import { eventually } from '@boxoffice/testing';
import { expect, it, onTestFinished } from 'vitest';
import { expectSound } from '../test/books.ts';
import { scenarios } from '../test/scenarios.ts';
import { freshStage } from '../test/stage.ts';

it.each(['test', 'stripe'] as const)(
  '40 payments of every kind at the %s provider on a bad day, a third of all calls lost: each ends well, and once',
  async (bank) => {
    const stage = await freshStage({ bank });
    onTestFinished(() => stage.close());
    const [one, two] = [await stage.process(), await stage.process()];
    const random = seeded(20270101);
    const kinds = Object.values(scenarios);
    for (const { world } of [one, two]) {
      world.reset();
      world.loseSome(1 / 3, random);
    }
    const sales = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const { card, meanwhile } = kinds[i % kinds.length] ?? expect.fail();
        const { payment } = i % 2 ? two : one;
        const sale = await stage.customer(payment);
        await meanwhile?.(stage.booking, sale.reservationId);
        await payment.confirmPayment({ paymentId: sale.paymentId, ...stage.bank.paying(card) }, sale.me).catch(() => undefined);
        return sale;
      }),
    );
    await eventually(
      async () => {
        for (const { paymentId } of sales)
          await stage.db.query(
            `UPDATE transactions SET next_check_at = statement_timestamp(), step_since = step_since - interval '1 minute' WHERE id = $1 AND status = 'PENDING'`,
            [paymentId],
          );
        await Promise.all([one.run('reconcile-payments'), two.run('reconcile-payments')]);
        for (const sale of sales) await expectSound(stage.db, stage.booking, sale, stage.bank);
      },
      { withinMs: 30_000 },
    );
  },
);

/** Numbers in 0..1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
