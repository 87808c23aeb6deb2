import { outboxChannel } from '@boxoffice/messaging';
import { type Database, isDataFault, type Statement } from '@boxoffice/postgres';
import { createBatcher, type Metrics } from '@boxoffice/service-kit';
import { readPayments } from './find-payments.ts';
import { type Move, movedOf, movePayments } from './move-payment.sql.ts';
import { insertPayments, type NewPayment } from './open-payment.sql.ts';
import { type Start, startPayments } from './start-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf, type Transaction } from './transaction.ts';

/**
 * The steps of many payments, written together: what comes in one turn of the event loop is one statement and one commit. Each is answered after
 * that commit, so that nothing is asked before it is written. All refuse OVERLOADED when too much waits, or for too long.
 */
export interface Batches {
  /** This user's payment; undefined for a stranger, as if it did not exist. */
  find(paymentId: string, userId: string): Promise<Transaction | undefined>;
  /** A new payment; undefined when one is in its way. */
  open(payment: NewPayment): Promise<Transaction | undefined>;
  /** See `startPayments`; undefined when it is not plain. */
  start(start: Start): Promise<Driven | undefined>;
  /** See `movePayments`; undefined when another driver has it. */
  move(move: Move): Promise<Driven | undefined>;
}

type Limits = { inFlight: number; blames: (error: unknown) => boolean; metrics: Metrics | undefined };

/** One batcher per kind of statement over this database. */
export function batchesOver(db: Database, metrics?: Metrics): Batches {
  // One of a kind under way: a second would only make commits smaller, and a payment has six of them.
  const limits: Limits = { inFlight: 1, blames: isDataFault, metrics };
  const finds = createBatcher({ ...limits, name: 'find-payment', run: async (ids: readonly string[]) => inOrder(ids, await readPayments(db, ids)) });
  const opens = createBatcher({
    ...limits,
    name: 'open-payment',
    run: async (items: readonly NewPayment[]) => inOrder(idsOf(items), await rowsOf<Transaction>(db, insertPayments(items))),
  });
  const starts = createBatcher({
    ...limits,
    name: 'start-payment',
    apart: ({ paymentId }: Start) => paymentId.toLowerCase(),
    run: async (items) => {
      const rows = inOrder(
        items.map(({ paymentId }) => paymentId),
        await rowsOf<DrivenRow>(db, startPayments(items)),
      );
      return items.map(({ driver }, at) => rows[at] && drivenOf(driver, rows[at]));
    },
  });
  return {
    find: async (paymentId, userId) => {
      const payment = await finds.push(paymentId.toLowerCase());
      return payment?.userId === userId.toLowerCase() ? payment : undefined;
    },
    open: opens.push,
    start: starts.push,
    move: movesOver(db, limits).push,
  };
}

/** Facts that leave with a move are hinted at once for all. */
const movesOver = (db: Database, limits: Limits) =>
  createBatcher({
    ...limits,
    name: 'move-payment',
    deadlineMs: 10_000, // an answer that was heard should be written: it may wait for most of its lease
    apart: ({ driven }: Move) => driven.payment.id,
    run: async (items) => {
      const moved = movedOf(items, await rowsOf<DrivenRow>(db, movePayments(items)));
      if (items.some(({ said }) => said)) db.hint(outboxChannel);
      return moved;
    },
  });

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

async function rowsOf<Row>(db: Database, statement: Statement): Promise<Row[]> {
  const [rows = []] = await db.pipeline([statement]);
  return rows as Row[]; // what the caller's statement answers
}

/** The row of each id, undefined for one without. */
function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): (Row | undefined)[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => known.get(id.toLowerCase()));
}
