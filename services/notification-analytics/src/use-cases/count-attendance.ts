import type { TicketCheckedIn } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepAttendance } from '../persistence/sales.sql.ts';

/** Counts tickets that were let in. They stay counted if the ticket ends later: the person was there. */
export const countAttendance = (tx: Tx, checkIns: readonly { fact: z.output<typeof TicketCheckedIn.payload> }[]): Promise<void> =>
  keepAttendance(
    tx,
    checkIns.map(({ fact }) => fact),
  );
