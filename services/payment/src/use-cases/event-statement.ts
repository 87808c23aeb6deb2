import type { PaymentService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { statementOf } from '../domain/statement.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { daysOfStatement } from '../persistence/statement.sql.ts';

/** Money of an event per method and day, for its managers. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export const eventStatement =
  ({ db }: Pick<Deps, 'db'>): PaymentService['eventStatement'] =>
  async ({ eventId }, { actor }) => {
    const event = await eventOfStaff(db, eventId, { actor, role: 'manager' });
    const { asOf, rows } = await daysOfStatement(db, event.eventId, event.timeZone);
    return statementOf(event, rows, asOf);
  };
