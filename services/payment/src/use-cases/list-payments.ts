import type { PaymentService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { requireOrganisation } from '../domain/staff.ts';
import { listStaffPayments } from '../persistence/staff-payments.sql.ts';
import { shown } from '../shown-payment.ts';

/** Payments of an organisation by state, age and what they wait for, newest first. Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED (box-office). */
export const listPayments =
  ({ db }: Deps): PaymentService['listPayments'] =>
  async ({ limit, ...filter }, { actor }) => {
    const { organisationId } = filter;
    requireOrganisation(actor, organisationId, 'box-office');
    const rows = await listStaffPayments(db, { ...filter, limit: limit + 1 });
    const page = rows.slice(0, limit);
    return {
      payments: page.map((row) => {
        const { userId, overdue, status, stepSince } = row;
        return { ...shown(row), userId, seats: row.seats.length, waitingSince: status === 'PENDING' ? stepSince : null, overdue };
      }),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  };
