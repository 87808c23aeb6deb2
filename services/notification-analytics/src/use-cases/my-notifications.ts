import type { AnalyticsService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { NotificationRow } from '../persistence/entities.ts';

/** What was or will be sent to the caller, newest first. */
export const myNotifications =
  ({ db }: { db: Database }): AnalyticsService['myNotifications'] =>
  async ({ limit }, { actor }) => {
    const rows = await db.em().find(NotificationRow, { userId: actor.userId }, { orderBy: { createdAt: 'desc', id: 'desc' }, limit });
    return {
      notifications: rows.map(({ id, kind, channel, status, causeId, createdAt, sentAt }) => ({
        notificationId: id,
        kind,
        channel,
        status,
        causeId,
        createdAt,
        sentAt: sentAt ?? null,
      })),
    };
  };
