import { outboxRelays } from '@boxoffice/messaging';
import type { MigrationList } from '@boxoffice/postgres';
import { accounts } from './0001-accounts.ts';
import { messages } from './0002-messages.ts';

/** Every change of identity's schema, oldest first; only ever appended to. */
export const migrations: MigrationList = [accounts, messages, outboxRelays];
