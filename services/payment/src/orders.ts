import type { IdentityService, OrderService } from '@boxoffice/contracts';
import { asService } from '@boxoffice/service-kit';
import type { OrderDeps } from './deps.ts';
import { measureUndecidedRefunds, refundCounter } from './metrics.ts';
import { type RefundQuestionDeps, refundQuestions, type Ticketing } from './refund-questions.ts';
import { createRefundSettlement } from './refund-settlement.ts';
import { cancelOrder } from './use-cases/cancel-order.ts';
import { getOrder } from './use-cases/get-order.ts';
import { refundOrder } from './use-cases/refund-order.ts';
import { retryRefund } from './use-cases/retry-refund.ts';
import { settleRefundByHand } from './use-cases/settle-refund-by-hand.ts';

type Given = Pick<OrderDeps, 'db' | 'leaseMs' | 'confirmAnswerMs'> &
  RefundQuestionDeps & { ticketing: Ticketing; identity: Pick<IdentityService, 'organisationOf'> };

/** Everything the use cases of orders work with. */
export function orderDepsOver(given: Given): OrderDeps {
  const { db, leaseMs, confirmAnswerMs, ticketing, identity, logger, metrics } = given;
  const countRefunds = refundCounter(metrics);
  measureUndecidedRefunds(db, metrics);
  const refunds = createRefundSettlement({ db, logger, countRefunds, leaseMs, ask: refundQuestions(given) });
  const organiserOf = async (organisationId: string) => (await identity.organisationOf({ organisationId }, asService('payment'))).name;
  return { db, leaseMs, confirmAnswerMs, refunds, countRefunds, ticketing, organiserOf };
}

/** The order procedures of this service. */
export const ordersOver = (deps: OrderDeps): OrderService => ({
  getOrder: getOrder(deps),
  cancelOrder: cancelOrder(deps),
  refundOrder: refundOrder(deps),
  retryRefund: retryRefund(deps),
  settleRefundByHand: settleRefundByHand(deps),
});
