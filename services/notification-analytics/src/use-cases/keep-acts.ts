import type { StaffActed } from '@boxoffice/contracts';
import type { Heard } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepActs as addToLog } from '../persistence/audit-log.sql.ts';

/** Adds what staff did to the audit log. */
export const keepActs = (tx: Tx, acts: readonly Heard<z.output<typeof StaffActed.payload>>[]): Promise<void> => addToLog(tx, acts);
