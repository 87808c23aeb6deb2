import type { EventPaymentService } from '@boxoffice/contracts';
import type { Deps } from './deps.ts';
import { compareStatement } from './use-cases/compare-statement.ts';
import { eventStatement } from './use-cases/event-statement.ts';
import { getEventPayments } from './use-cases/get-event-payments.ts';
import { listPayments } from './use-cases/list-payments.ts';
import { markPaid } from './use-cases/mark-paid.ts';
import { paymentMethodsOf } from './use-cases/payment-methods-of.ts';
import { setEventPayments } from './use-cases/set-event-payments.ts';

/** How events are paid, and what became of the money. */
export const eventPaymentsOver = (deps: Deps): EventPaymentService => ({
  setEventPayments: setEventPayments(deps),
  getEventPayments: getEventPayments(deps),
  paymentMethodsOf: paymentMethodsOf(deps),
  markPaid: markPaid(deps),
  listPayments: listPayments(deps),
  eventStatement: eventStatement(deps),
  compareStatement: compareStatement(deps),
});
