import { type Caller, Refusal, type SeatingPlan, type User } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { idempotent } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import { organisationsOf, requireRole } from '../domain/event.ts';
import { readSeatingPlan } from '../domain/seating-plan.ts';
import { insertPlan } from '../persistence/seating-plans.ts';

export type UploadSeatingPlan = (input: { organisationId: string; text: string }, caller: Caller<User>) => Promise<z.input<typeof SeatingPlan>>;

/** May this user store plans for the organisation? Asked before the body is read, too. Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export function mayUploadFor(user: User, organisationId: string): void {
  if (!organisationsOf(user).includes(organisationId)) throw new Refusal('ORGANISATION_NOT_FOUND', {});
  requireRole(user.memberships, organisationId, 'manager');
}

/** Checks a plan file and keeps it for events to come. Refuses ORGANISATION_NOT_FOUND, ROLE_REQUIRED, SEATING_PLAN_INVALID, IDEMPOTENCY_KEY_REUSED. */
export const uploadSeatingPlan =
  ({ db }: Deps): UploadSeatingPlan =>
  async ({ organisationId, text }, { actor, idempotencyKey, traceparent }) => {
    mayUploadFor(actor, organisationId);
    const plan = readSeatingPlan(text);
    return db.transaction((tx) =>
      idempotent(tx, { userId: actor.userId, procedure: 'uploadSeatingPlan', key: idempotencyKey, input: { organisationId, text } }, async () => {
        const kept = await insertPlan(tx, { id: newId(), organisationId }, plan);
        const acted = { organisationId, eventId: null, userId: actor.userId, subject: kept.seatingPlanId, reason: null };
        await staffActed(tx, { ...acted, action: 'booking.uploadSeatingPlan' }, { traceparent });
        return kept;
      }),
    );
  };
