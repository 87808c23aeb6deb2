import type { EventCancellationService } from '@boxoffice/contracts';
import type { Job, Metrics } from '@boxoffice/service-kit';
import type { CancellationDeps } from './deps.ts';
import { cancelledOrderCounter, measureCancellations } from './metrics.ts';
import { purgePlans } from './persistence/cancellation-plans.sql.ts';
import { getEventCancellation } from './use-cases/get-event-cancellation.ts';
import { planEventCancellation } from './use-cases/plan-event-cancellation.ts';
import { refundCancelledEvents } from './use-cases/refund-cancelled-events.ts';
import { startEventCancellation } from './use-cases/start-event-cancellation.ts';

type Given = Omit<CancellationDeps, 'countOrders'> & { metrics: Metrics };

/** The procedures about events that do not take place, and the job that carries them out; every replica may run it. */
export function eventCancellationsOver({ metrics, ...given }: Given): { api: EventCancellationService; jobs: Job[] } {
  measureCancellations(given.db, metrics);
  const deps: CancellationDeps = { ...given, countOrders: cancelledOrderCounter(metrics) };
  return {
    api: {
      planEventCancellation: planEventCancellation(deps),
      startEventCancellation: startEventCancellation(deps),
      getEventCancellation: getEventCancellation(deps),
    },
    jobs: [
      { name: 'refund-cancelled-events', everyMs: 1_000, run: refundCancelledEvents(deps) },
      { name: 'purge-cancellation-plans', everyMs: 3_600_000, run: () => purgePlans(deps.db) },
    ],
  };
}
