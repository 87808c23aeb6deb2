import { outboxRelays } from '@boxoffice/messaging';
import type { MigrationList } from '@boxoffice/postgres';
import { tickets } from './0001-tickets.ts';
import { refundedTickets } from './0002-refunded-tickets.ts';

/** The schema's history, oldest first. */
export const migrations: MigrationList = [tickets, outboxRelays, refundedTickets];
