import { outboxRelays } from '@boxoffice/messaging';
import type { MigrationList } from '@boxoffice/postgres';
import { eventsAndSeats } from './0001-events-and-seats.ts';
import { seatKinds } from './0002-seat-kinds.ts';
import { admissionAreas } from './0003-admission-areas.ts';
import { roomForHolds } from './0004-room-for-holds.ts';
import { gentleVacuum } from './0005-gentle-vacuum.ts';

/** Every change of booking's schema, oldest first. */
export const migrations: MigrationList = [eventsAndSeats, seatKinds, admissionAreas, outboxRelays, roomForHolds, gentleVacuum];
