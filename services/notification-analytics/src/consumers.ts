import { EventChanged, PaymentConfirmed, PaymentFailed, PaymentRefunded, TicketCheckedIn, TicketCreated } from '@boxoffice/contracts';
import { type Handler, on } from '@boxoffice/messaging';
import { announceFailure } from './use-cases/announce-failure.ts';
import { announceTickets } from './use-cases/announce-tickets.ts';
import { countAttendance } from './use-cases/count-attendance.ts';
import { countRefund } from './use-cases/count-refund.ts';
import { countSale } from './use-cases/count-sale.ts';
import { noteEvent } from './use-cases/note-event.ts';

/** Consumer group of this service. */
export const group = 'notification-analytics';

/** What this service hears and does about it; each works once and in any order between topics. `ticket-cancelled` changes nothing here and is not heard. */
export const handlers: Handler[] = [
  on(EventChanged, noteEvent),
  on(PaymentConfirmed, countSale),
  on(PaymentRefunded, countRefund),
  on(PaymentFailed, announceFailure),
  on(TicketCreated, announceTickets),
  on(TicketCheckedIn, countAttendance),
];
