import { Id, plainRoutes, Refusal } from '@boxoffice/contracts';
import { csvOf, type Route } from '@boxoffice/service-kit';
import type { Deps } from './deps.ts';
import { statementColumns, statementRows } from './domain/statement.ts';
import { userOf } from './route-user.ts';
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
      const fileName = `statement-${eventId.data}.csv`;
      res
        .writeHead(200, {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="${fileName}"`,
          'content-length': body.length,
          'cache-control': 'no-store',
        })
        .end(body);
    },
  },
];
