import { z } from 'zod';
import type { User } from './caller.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id, Instant } from './values.ts';

const sums = { sold: z.number().int(), revenueMinor: z.number().int(), checkedIn: z.number().int() };
export const SalesReportOf = z.object({ eventId: Id });
/** Sold minus given back, from messages; live inventory is booking's. */
export const SalesReport = z.object({
  eventId: Id,
  eventName: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  asOf: Instant,
  total: z.object(sums),
  byCategory: z.array(z.object({ category: z.string(), ...sums })),
  /** Days of the sale in the event's time zone: '2026-11-22'. */
  byDay: z.array(z.object({ day: z.iso.date(), sold: z.number().int(), revenueMinor: z.number().int() })),
});
/** RFC 4180, UTF-8, one row per day and category. */
export const Csv = z.object({ fileName: z.string(), csv: z.string() });
export const NotificationKind = z.enum(['tickets', 'payment-awaited', 'payment-failed', 'payment-refunded', 'cancellation-settled']);
export const MyNotifications = z.object({ limit: z.number().int().min(1).max(100).default(20) });
export const NotificationList = z.object({
  notifications: z.array(
    z.object({
      notificationId: Id,
      kind: NotificationKind,
      channel: z.literal('mail'),
      status: z.enum(['PENDING', 'SENT', 'FAILED']),
      causeId: Id,
      createdAt: Instant,
      sentAt: Instant.nullable(),
    }),
  ),
});
/** `after`: the last entry of the page before. `action` as the log writes it: 'booking.cancelEvent'. */
export const AuditLog = z.object({
  organisationId: Id,
  eventId: Id.optional(),
  action: z.string().max(80).optional(),
  after: Id.optional(),
  limit: z.number().int().min(1).max(200).default(50),
});
/** What staff did, newest first; who is an id. `next` is null on the last page. */
export const AuditEntries = z.object({
  entries: z.array(
    z.object({
      entryId: Id,
      at: Instant,
      userId: Id,
      action: z.string(),
      subject: z.string(),
      eventId: Id.nullable(),
      reason: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  next: Id.nullable(),
});
export const ResendTickets = z.object({ paymentId: Id });
/** The mail that was asked for; whether it was sent tells myNotifications. */
export const ResentTickets = z.object({ notificationId: Id });

/** What the notification-analytics service promises. */
export interface AnalyticsService {
  salesReport: UseCase<typeof SalesReportOf, typeof SalesReport, User>;
  salesReportCsv: UseCase<typeof SalesReportOf, typeof Csv, User>;
  myNotifications: UseCase<typeof MyNotifications, typeof NotificationList, User>;
  /** What an organisation's staff did; for its managers. */
  auditLog: UseCase<typeof AuditLog, typeof AuditEntries, User>;
  /** Sends the mail with a payment's tickets again, to its customer; for the customer, and for box-office staff. At most three an hour. */
  resendTickets: UseCase<typeof ResendTickets, typeof ResentTickets, User>;
}

const { router, refuses, user } = proceduresOver<{ analytics: AnalyticsService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const analyticsRouter = router({
  salesReport: user.meta(rest('GET /events/{eventId}/sales-report', 'Sales of an event')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(SalesReportOf).output(SalesReport).query(({ ctx, input }) => ctx.analytics.salesReport(input, ctx.caller)),
  salesReportCsv: user.meta(rest('GET /events/{eventId}/sales-report-csv', 'Sales of an event as CSV')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(SalesReportOf).output(Csv).query(({ ctx, input }) => ctx.analytics.salesReportCsv(input, ctx.caller)),
  myNotifications: user.meta(rest('GET /notifications', 'What was sent to me'))
    .input(MyNotifications).output(NotificationList).query(({ ctx, input }) => ctx.analytics.myNotifications(input, ctx.caller)),
  auditLog: user.meta(rest('GET /organisations/{organisationId}/audit-log', 'What staff did, newest first')).concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(AuditLog).output(AuditEntries).query(({ ctx, input }) => ctx.analytics.auditLog(input, ctx.caller)),
  resendTickets: user.meta(rest('POST /payments/{paymentId}/ticket-mails', 'Send the tickets again')).concat(refuses('PAYMENT_NOT_FOUND', 'ROLE_REQUIRED', 'TICKETS_NOT_READY', 'RATE_LIMITED'))
    .input(ResendTickets).output(ResentTickets).mutation(({ ctx, input }) => ctx.analytics.resendTickets(input, ctx.caller)),
});
