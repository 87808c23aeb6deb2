import type { PaymentService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { listPayments } from '../persistence/find-payments.ts';
import { shown } from '../shown-payment.ts';

/** The caller's payments, newest first. */
export const listMyPayments =
  ({ db }: Deps): PaymentService['listMyPayments'] =>
  async ({ limit }, { actor }) => ({ payments: (await listPayments(db.em(), actor.userId, limit)).map(shown) });
