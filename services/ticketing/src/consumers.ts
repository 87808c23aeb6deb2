import { EventChanged, PaymentConfirmed, PaymentRefunded } from '@boxoffice/contracts';
import { type Handler, onAll } from '@boxoffice/messaging';
import type { TicketSigner } from './crypto/ticket-signer.ts';
import { cancelRefundedTickets } from './use-cases/cancel-refunded-tickets.ts';
import { issueTickets } from './use-cases/issue-tickets.ts';
import { noteEvents } from './use-cases/note-event.ts';

/** Consumer group of this service. */
export const group = 'ticketing';

/** What this service hears and does about it; each works once, and in any order between topics. */
export const handlers = (deps: { signer: TicketSigner }): Handler[] => [
  onAll(PaymentConfirmed, issueTickets(deps)),
  onAll(PaymentRefunded, cancelRefundedTickets),
  onAll(EventChanged, noteEvents),
];
