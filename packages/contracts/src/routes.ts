import type { Namespace } from './app.ts';
import type { Audience } from './procedures.ts';

/** A public HTTP route that is not a procedure: files and streams. `path` is in express form. */
export type PlainRoute = { owner: Namespace; method: 'GET' | 'POST'; path: `/${string}`; audience: Audience; stream: boolean; maxBodyBytes: number };

/** 16 MiB: a plan of 100,000 seats in the open JSON shape is about 11 MB. */
export const maxSeatingPlanBytes = 16 * 1024 * 1024;

/** Every plain route of the API; the gateway forwards exactly these. */
export const plainRoutes = {
  /** Body: the seating plan as JSON; query: organisationId. Answers 201 and a SeatingPlan. The caller is checked before the body is read. */
  uploadSeatingPlan: {
    owner: 'booking',
    method: 'POST',
    path: '/uploads/seating-plans',
    audience: 'user',
    stream: false,
    maxBodyBytes: maxSeatingPlanBytes,
  },
  /** image/png of one of my tickets. */
  ticketQrImage: { owner: 'ticketing', method: 'GET', path: '/tickets/:ticketId/qr.png', audience: 'user', stream: false, maxBodyBytes: 0 },
  /** Server-sent events: one `ticket` event (data: Ticket as JSON, id: ticket's position) per new ticket of the caller; Last-Event-ID replays. */
  liveTickets: { owner: 'ticketing', method: 'GET', path: '/live/tickets', audience: 'user', stream: true, maxBodyBytes: 0 },
  /** text/html: the test provider asks its customer to approve or decline a charge (its reference). Who has the address may answer. */
  testProviderChallenge: {
    owner: 'payment',
    method: 'GET',
    path: '/test-provider/challenges/:charge',
    audience: 'anyone',
    stream: false,
    maxBodyBytes: 0,
  },
  /** A form's answer=approve or answer=decline. Answers the page again, or 303 to where the customer came from. */
  answerTestProviderChallenge: {
    owner: 'payment',
    method: 'POST',
    path: '/test-provider/challenges/:charge',
    audience: 'anyone',
    stream: false,
    maxBodyBytes: 1_024,
  },
  /** News of a payment provider about an account's payments, signed by it over the raw body. 200 when it was taken, also the second time. */
  providerWebhook: {
    owner: 'payment',
    method: 'POST',
    path: '/webhooks/:provider/:accountId',
    audience: 'anyone',
    stream: false,
    maxBodyBytes: 256 * 1024,
  },
  /** application/pdf: receipt and tickets of a paid order for its customer; for box-office staff the receipt. */
  orderPdf: { owner: 'payment', method: 'GET', path: '/orders/:paymentId/order.pdf', audience: 'user', stream: false, maxBodyBytes: 0 },
  /** text/calendar (RFC 5545): the event of a paid order. */
  orderCalendar: { owner: 'payment', method: 'GET', path: '/orders/:paymentId/event.ics', audience: 'user', stream: false, maxBodyBytes: 0 },
  /** text/csv (RFC 4180, UTF-8): one row per day and method, then the totals; for managers. */
  eventStatementCsv: {
    owner: 'payment',
    method: 'GET',
    path: '/events/:eventId/statement.csv',
    audience: 'user',
    stream: false,
    maxBodyBytes: 0,
  },
} as const satisfies Record<string, PlainRoute>;
