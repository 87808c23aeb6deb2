import type { MigrationList } from '@boxoffice/postgres';
import { eventsAndSeats } from './0001-events-and-seats.ts';

/** Every change of booking's schema, oldest first. */
export const migrations: MigrationList = [eventsAndSeats];
