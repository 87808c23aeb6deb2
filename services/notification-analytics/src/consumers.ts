import {
  CancellationSettled,
  EventChanged,
  PaymentAwaited,
  PaymentConfirmed,
  PaymentFailed,
  PaymentRefunded,
  StaffActed,
  TicketCheckedIn,
  TicketCreated,
} from '@boxoffice/contracts';
import { type Handler, onAll } from '@boxoffice/messaging';
import { announceAwaited } from './use-cases/announce-awaited.ts';
import { announceCancellations } from './use-cases/announce-cancellation.ts';
import { announceFailures } from './use-cases/announce-failure.ts';
import { announceTickets } from './use-cases/announce-tickets.ts';
import { countAttendance } from './use-cases/count-attendance.ts';
import { countRefunds } from './use-cases/count-refund.ts';
import { countSales } from './use-cases/count-sale.ts';
import { keepActs } from './use-cases/keep-acts.ts';
import { noteEvents } from './use-cases/note-event.ts';

/** Consumer group of this service. */
export const group = 'notification-analytics';

/** What this service hears and does about it; each works once and in any order between topics. `ticket-cancelled` changes nothing here and is not heard. */
export const handlers: Handler[] = [
  onAll(EventChanged, noteEvents),
  onAll(PaymentAwaited, announceAwaited),
  onAll(PaymentConfirmed, countSales),
  onAll(PaymentRefunded, countRefunds),
  onAll(PaymentFailed, announceFailures),
  onAll(CancellationSettled, announceCancellations),
  onAll(TicketCreated, announceTickets),
  onAll(TicketCheckedIn, countAttendance),
  onAll(StaffActed, keepActs),
];
