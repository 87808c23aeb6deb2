import { type IdentityService, isRefusal, type TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { asService } from '@boxoffice/service-kit';
import { type Mail, type MailEvent, paymentMail, ticketsMail } from '../domain/mail.ts';
import type { Notification } from '../domain/notification.ts';
import { eventFacts } from '../persistence/event-facts.sql.ts';

/** The two services a mail is written with. */
export type MailSources = { identity: Pick<IdentityService, 'contactOf'>; ticketing: Pick<TicketingService, 'ticketsOf'> };
export type Recipient = { address: string; name: string | null };

/** There is nothing left to write about, or nobody to write to: trying again would not help. */
export class NothingToSend extends Error {
  override name = 'NothingToSend';
}
/** Something the mail speaks of has not arrived yet: try again later. */
export class NotKnownYet extends Error {
  override name = 'NotKnownYet';
}

/** Asks who is to be written to and what about, and composes the mail. Throws NothingToSend, NotKnownYet, or whatever the asked service says. */
export async function writeMail(sources: MailSources & { db: Database }, notification: Notification): Promise<{ to: Recipient; mail: Mail }> {
  const to = await recipientOf(sources.identity, notification.userId);
  const known = await eventFacts(sources.db, notification.eventId);
  if (notification.kind !== 'tickets') return { to, mail: paymentMail(to, notification, eventOr(known)) };
  const { tickets, event } = await sources.ticketing.ticketsOf({ paymentId: notification.paymentId }, asService('notification-analytics'));
  if (tickets.length === 0) throw new NotKnownYet('tickets');
  const valid = tickets.filter((ticket) => ticket.status !== 'CANCELLED');
  if (valid.length === 0) throw new NothingToSend('every ticket was cancelled');
  return { to, mail: ticketsMail(to, eventOr(event ? { ...event, startsAt: new Date(event.startsAt) } : known), valid) };
}

async function recipientOf(identity: MailSources['identity'], userId: string): Promise<Recipient> {
  try {
    const { email, name } = await identity.contactOf({ userId }, asService('notification-analytics'));
    return { address: email, name };
  } catch (error) {
    if (isRefusal(error, 'ACCOUNT_NOT_FOUND')) throw new NothingToSend('nobody to write to');
    throw error;
  }
}

function eventOr(event: MailEvent | undefined): MailEvent {
  if (!event) throw new NotKnownYet('event');
  return event;
}
