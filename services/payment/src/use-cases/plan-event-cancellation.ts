import type { PaymentService } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { codeHash, newCode } from '../cancellation-code.ts';
import type { CancellationDeps } from '../deps.ts';
import { figuresOf } from '../domain/event-cancellation.ts';
import { dryRunOf } from '../dry-run.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { keepPlan } from '../persistence/cancellation-plans.sql.ts';

/** What refunding a whole event would give back, and a code to start it with. Moves no money. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export const planEventCancellation =
  ({ db, providers }: Pick<CancellationDeps, 'db' | 'providers'>): PaymentService['planEventCancellation'] =>
  async ({ eventId, withFees }, { actor }) => {
    const event = await eventOfStaff(db, eventId, { actor, role: 'manager' });
    const plan = await dryRunOf(db, { providers, event, withFees });
    const code = newCode();
    const { eventId: id } = event;
    const kept = { id: newId(), eventId: id, userId: actor.userId, codeHash: codeHash(code), withFees, figures: figuresOf(plan) };
    return { eventId: id, withFees, ...plan, code, codeValidUntil: await keepPlan(db, kept) };
  };
