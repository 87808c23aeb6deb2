import type { MigrationList } from '@boxoffice/postgres';
import { accounts } from './0001-accounts.ts';

/** Every change of identity's schema, oldest first; only ever appended to. */
export const migrations: MigrationList = [accounts];
