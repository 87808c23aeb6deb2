import { Id, plainRoutes, Refusal } from '@boxoffice/contracts';
import { csvOf, type Route, userOf } from '@boxoffice/service-kit';
import type { Deps } from './deps.ts';
import { statementColumns, statementRows } from './domain/statement.ts';
import { sendFile } from './send-file.ts';
import { eventStatement } from './use-cases/event-statement.ts';

/** The statement as a file. */
export const statementRoutes = (deps: Pick<Deps, 'db'>): Route[] => [
  {
    spec: plainRoutes.eventStatementCsv,
    /** Refuses as the statement does. */
    async handle({ req, res, caller }) {
      const eventId = Id.safeParse(req.params.eventId);
      if (!eventId.success) throw new Refusal('EVENT_NOT_FOUND', {});
      const statement = await eventStatement(deps)({ eventId: eventId.data }, userOf(caller));
      const body = Buffer.from(csvOf(statementColumns, statementRows(statement)));
      sendFile(res, { body, type: 'text/csv; charset=utf-8', disposition: `attachment; filename="statement-${eventId.data}.csv"` });
    },
  },
];
