import { setTimeout as delay } from 'node:timers/promises';
import { CancellationSettled, isRefusal } from '@boxoffice/contracts';
import { outboxAll, saying } from '@boxoffice/messaging';
import { newId } from '@boxoffice/service-kit';
import type { CancellationDeps } from '../deps.ts';
import { cancellationKey } from '../domain/event-cancellation.ts';
import { afterAwaiting, backOffMs, progressOf } from '../domain/payment.ts';
import { giveUpOfCancelled } from '../persistence/await-money.sql.ts';
import {
  dueForSweep,
  finishCancellation,
  type LeasedCustomer,
  leaseCustomer,
  leaveCustomer,
  markAsked,
  postponeOrder,
  sweep,
  tellCustomers,
  type UnaskedOrder,
  unaskedOrders,
} from '../persistence/cancellation-orders.sql.ts';
import { type CancellationRow, runningCancellations } from '../persistence/event-cancellations.sql.ts';
import { readPayments } from '../persistence/find-payments.ts';
import { leaseRefund } from '../persistence/lease-refunds.sql.ts';
import { takeTurn } from '../persistence/refund-pace.sql.ts';
import { requestRefund } from '../request-refund.ts';

/** A run ends after this long even when more is to do, so that a shutdown never waits for a whole event. */
const runMs = 5_000;
/** Customers worked for at once: each refund asks three others, and the pace is kept by all together. */
const lanes = 8;
const toldAtOnce = 50;

/**
 * Works on every event cancellation that is under way: finds its orders, has each refunded (or ended, where it was never paid), tells each customer once when
 * nothing of his is waited for, and ends. Any number of processes may do this at once; one that is killed leaves nothing but leases that run out.
 */
export const refundCancelledEvents = (deps: CancellationDeps) => async (): Promise<void> => {
  const until = performance.now() + runMs;
  for (const due of await dueForSweep(deps.db)) await deps.db.transaction((tx) => sweep(tx, due));
  for (const cancellation of await runningCancellations(deps.db)) {
    await Promise.all(Array.from({ length: lanes }, () => workOn(deps, cancellation, until)));
    await tellAll(deps, cancellation);
    if (await finishCancellation(deps.db, cancellation))
      deps.logger.info({ cancellationId: cancellation.id }, 'every order of a cancelled event is dealt with');
  }
};

async function workOn(deps: CancellationDeps, cancellation: CancellationRow, until: number): Promise<void> {
  while (performance.now() < until) {
    const customer = await leaseCustomer(deps.db, cancellation.id, deps.leaseMs);
    if (!customer) return;
    for (const order of await unaskedOrders(deps.db, cancellation.id, customer.userId)) await workOnOrder(deps, { cancellation, customer, order });
    await leaveCustomer(deps.db, cancellation.id, customer.userId);
  }
}

type Work = { cancellation: CancellationRow; customer: LeasedCustomer; order: UnaskedOrder };

/** A fault of one order is no reason to leave the others. */
async function workOnOrder(deps: CancellationDeps, work: Work): Promise<void> {
  const { paymentId, attempts, status } = work.order;
  try {
    const outcome =
      status === 'CONFIRMED' ? await refund(deps, work) : status === 'PENDING' ? await endUnpaid(deps, work) : await nothingLeft(deps, work);
    deps.countOrders(outcome);
  } catch (error) {
    deps.countOrders('fault');
    deps.logger.error(
      { err: error, paymentId, cancellationId: work.cancellation.id },
      'an order of a cancelled event could not be refunded; it is tried again',
    );
    const words = error instanceof Error ? error.name : 'unknown';
    await postponeOrder(deps.db, paymentId, { againInMs: backOffMs(attempts, Math.random()), error: words });
  }
}

/** The whole order, whatever was used of it. Written down together with the order; its key makes a second one impossible. */
async function refund(deps: CancellationDeps, { cancellation, customer, order: { paymentId, round } }: Work) {
  await delay(await takeTurn(deps.db, 1_000 / deps.refundsPerSecond));
  const { withFees, reason, requestedBy, id } = cancellation;
  const wish = { payment: { id: paymentId }, withFees, force: true, requestedBy, reason, key: cancellationKey(paymentId, round) };
  try {
    const asked = await deps.db.transaction(async (tx) => {
      const written = await requestRefund(deps, tx, { ...wish, cancellationId: customer.toldAt ? undefined : id });
      await markAsked(tx, paymentId, written.id);
      return written;
    });
    const driven = await leaseRefund(deps.db, { refundId: asked.id, driver: newId(), leaseMs: deps.leaseMs });
    if (driven) await deps.refunds.drive(driven);
    return 'refund' as const;
  } catch (error) {
    if (!isRefusal(error, 'ALREADY_REFUNDED', 'PAYMENT_NOT_CONFIRMED')) throw error;
    return nothingLeft(deps, { order: { paymentId } });
  }
}

/** Other refunds cover all of it, or it was over before we came: what becomes of those is what becomes of the order. */
async function nothingLeft({ db }: CancellationDeps, { order: { paymentId } }: { order: Pick<UnaskedOrder, 'paymentId'> }) {
  await markAsked(db, paymentId, null);
  return 'covered' as const;
}

/** Nobody can pay for it any more. When somebody just did, or its deadline was faster, it is looked at again. */
async function endUnpaid(deps: CancellationDeps, { order: { paymentId } }: Work) {
  const { db, settlement, leaseMs } = deps;
  const [payment] = await readPayments(db, [paymentId]);
  const { next } = payment?.step === 'AWAITING_MONEY' ? afterAwaiting(progressOf(payment), 'cancellation') : { next: undefined };
  const driven =
    next &&
    (await db.transaction(async (tx) => {
      const taken = await giveUpOfCancelled(tx, { paymentId, next, driver: newId(), leaseMs });
      if (taken) await markAsked(tx, paymentId, null);
      return taken;
    }));
  if (!driven) {
    await postponeOrder(db, paymentId, { againInMs: 500, error: null });
    return 'later' as const;
  }
  await settlement.drive(driven);
  return 'ended' as const;
}

/** The one message about all of a customer's orders leaves with the mark that it did. */
async function tellAll({ db }: CancellationDeps, { id: cancellationId, organisationId, eventId, currency }: CancellationRow): Promise<void> {
  for (;;) {
    const told = await db.transaction(async (tx) => {
      const customers = await tellCustomers(tx, cancellationId, toldAtOnce);
      const of = { cancellationId, organisationId, eventId, currency };
      await outboxAll(
        tx,
        customers.map((customer) => saying(CancellationSettled, { ...of, ...customer })),
      );
      return customers.length;
    });
    if (told < toldAtOnce) return;
  }
}
