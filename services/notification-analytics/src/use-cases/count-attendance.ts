import type { TicketCheckedIn } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepAttendance } from '../persistence/sales.sql.ts';

/** Counts a ticket that was let in. It stays counted if the ticket ends later: the person was there. */
export const countAttendance = (tx: Tx, checkIn: z.output<typeof TicketCheckedIn.payload>): Promise<void> => keepAttendance(tx, checkIn);
