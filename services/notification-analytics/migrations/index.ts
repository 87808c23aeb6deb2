import { outboxRelays } from '@boxoffice/messaging';
import type { MigrationList } from '@boxoffice/postgres';
import { notificationsAndAnalytics } from './0001-notifications-and-analytics.ts';
import { auditLog } from './0003-audit-log.ts';

/** Every migration of the notification-analytics database, oldest first. */
export const migrations: MigrationList = [notificationsAndAnalytics, outboxRelays, auditLog];
