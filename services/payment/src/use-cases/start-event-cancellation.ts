import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { newId } from '@boxoffice/service-kit';
import { codeHash } from '../cancellation-code.ts';
import type { CancellationDeps } from '../deps.ts';
import { figuresOf, isSamePlan } from '../domain/event-cancellation.ts';
import { dryRunOf } from '../dry-run.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { findPlan } from '../persistence/cancellation-plans.sql.ts';
import { cancellationOf, insertCancellation } from '../persistence/event-cancellations.sql.ts';
import { shownCancellation } from '../shown-cancellation.ts';

/**
 * Has every order of a cancelled event refunded in the background; a second call answers the same cancellation. Refuses EVENT_NOT_FOUND to strangers,
 * ROLE_REQUIRED (manager), EVENT_NOT_CANCELLED, CANCELLATION_CODE_WRONG (somebody else's, another event's, older than 15 minutes) and
 * CANCELLATION_PLAN_CHANGED when the figures are not those the code was given for; nothing is started then.
 */
export const startEventCancellation =
  ({ db, providers }: Pick<CancellationDeps, 'db' | 'providers'>): PaymentService['startEventCancellation'] =>
  ({ eventId, code, reason }, { actor, traceparent }) =>
    db.transaction(async (tx) => {
      const event = await eventOfStaff(tx, eventId, { actor, role: 'manager' });
      const earlier = await cancellationOf(tx, event.eventId);
      if (earlier) return shownCancellation(tx, earlier);
      if (event.status !== 'CANCELLED') throw new Refusal('EVENT_NOT_CANCELLED', { status: event.status });
      const plan = await findPlan(tx, { eventId: event.eventId, userId: actor.userId, codeHash: codeHash(code) });
      if (!plan) throw new Refusal('CANCELLATION_CODE_WRONG', {});
      const now = figuresOf(await dryRunOf(tx, { providers, event, withFees: plan.withFees }));
      if (!isSamePlan(plan.figures, now)) throw new Refusal('CANCELLATION_PLAN_CHANGED', now);
      const { organisationId, currency } = event;
      const begun = { id: newId(), eventId: event.eventId, organisationId, currency, withFees: plan.withFees, reason, requestedBy: actor.userId };
      const started = await insertCancellation(tx, begun);
      const acted = { organisationId, eventId: event.eventId, userId: actor.userId, subject: begun.id, reason, detail: `${now.orders} orders` };
      if (started) await staffActed(tx, { ...acted, action: 'payment.startEventCancellation' }, { traceparent });
      const cancellation = started ?? (await cancellationOf(tx, event.eventId)); // somebody else was faster
      if (!cancellation) throw new Error(`event ${event.eventId} has a cancellation that cannot be read`);
      return shownCancellation(tx, cancellation);
    });
