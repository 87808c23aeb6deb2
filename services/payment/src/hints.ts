import { newId } from '@boxoffice/service-kit';
import { driveDue, underWay } from './driving.ts';
import { followLateMoney, type LateMoneyDeps } from './late-money.ts';
import { leasePayment } from './persistence/lease-payments.sql.ts';
import { closeSettledNews, leaseNews } from './persistence/payment-news.sql.ts';
import type { Settlement } from './settlement.ts';

export interface HintDeps extends LateMoneyDeps {
  settlement: Settlement;
}

/** Follows hints about payments in the background: at most this many at once, the others are due and found by the jobs. */
const mostAtOnce = 20;

/** Drives a payment that there is news of; one that has failed is looked up for money that came all the same. */
export function hints(deps: HintDeps) {
  const { keep, count, idle } = underWay();
  return {
    hinted(paymentId: string): void {
      if (count() >= mostAtOnce) return;
      void keep(
        follow(deps, paymentId).catch((error: unknown) => deps.logger.error({ err: error, paymentId }, 'news of a payment could not be followed')),
      );
    },
    /** Follows what nobody has followed to its end. Answers how many. */
    followNews: async (): Promise<number> => {
      await closeSettledNews(deps.db);
      return driveDue(
        (limit) => leaseNews(deps.db, { limit, leaseMs: deps.leaseMs }),
        (news) => keep(followLateMoney(deps, news)),
      );
    },
    idle,
  };
}

async function follow(deps: HintDeps, paymentId: string): Promise<void> {
  const { db, leaseMs } = deps;
  const driven = await leasePayment(db, { paymentId, driver: newId(), leaseMs });
  if (driven) return void (await deps.settlement.drive(driven));
  for (const news of await leaseNews(db, { paymentId, limit: 1, leaseMs })) await followLateMoney(deps, news);
}
