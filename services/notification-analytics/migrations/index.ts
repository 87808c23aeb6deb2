import { outboxRelays } from '@boxoffice/messaging';
import type { MigrationList } from '@boxoffice/postgres';
import { notificationsAndAnalytics } from './0001-notifications-and-analytics.ts';

/** Every migration of the notification-analytics database, oldest first. */
export const migrations: MigrationList = [notificationsAndAnalytics, outboxRelays];
