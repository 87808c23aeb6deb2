import type { IdentityService, TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { asService } from '@boxoffice/service-kit';
import { type Mail, type MailEvent, ticketsMail } from '../domain/mail.ts';
import { moneyMail, type SeatsOfMail } from '../domain/money-mail.ts';
import type { Notification } from '../domain/notification.ts';
import { eventFacts } from '../persistence/event-facts.sql.ts';
import { seatsOfRefund } from '../persistence/sales.sql.ts';

/** The two services a mail is written with. */
export type MailSources = { identity: Pick<IdentityService, 'contactsOf'>; ticketing: Pick<TicketingService, 'ticketsOf'> };
export type Recipient = { address: string; name: string | null };

/** What is known for some mails: whom to write to, by user; who is not in it has no account. Events by id; one that is not in it has not arrived. */
export type Known = { recipients: Map<string, Recipient>; events: Map<string, MailEvent> };

/** Whoever this service asks knows it by this name. */
const self = asService('notification-analytics');

/** There is nothing left to write about: trying again would not help. */
export class NothingToSend extends Error {
  override name = 'NothingToSend';
}
/** Something the mail speaks of has not arrived yet: try again later. */
export class NotKnownYet extends Error {
  override name = 'NotKnownYet';
}

/** Asks for everybody and every event of these mails at once, 100 at most. Throws what the asked service says. */
export async function askAbout({ identity, db }: MailSources & { db: Database }, notifications: readonly Notification[]): Promise<Known> {
  const userIds = [...new Set(notifications.map(({ userId }) => userId))];
  const { contacts } = await identity.contactsOf({ userIds }, self);
  const recipients = new Map(contacts.map(({ userId, email, name }) => [userId, { address: email, name }]));
  const told = notifications.filter(({ userId }) => recipients.has(userId));
  const events =
    told.length > 0
      ? await eventFacts(
          db,
          told.map(({ eventId }) => eventId),
        )
      : new Map<string, MailEvent>();
  return { recipients, events };
}

/** Composes the mail; asks for the tickets when it brings some, and for the seats it names. Throws NothingToSend, NotKnownYet, or what the asked service says. */
export async function writeMail(
  { ticketing, db }: Pick<MailSources, 'ticketing'> & { db: Database },
  notification: Notification,
  { to, event }: { to: Recipient; event: MailEvent | undefined },
): Promise<Mail> {
  const { kind, paymentId } = notification;
  if (kind !== 'tickets' || paymentId === null) return moneyMail(to, notification, { event: eventOr(event), seats: await seatsOf(db, notification) });
  const { tickets, event: told } = await ticketing.ticketsOf({ paymentId }, self);
  if (tickets.length === 0) throw new NotKnownYet('tickets');
  const valid = tickets.filter((ticket) => ticket.status !== 'CANCELLED');
  if (valid.length === 0) throw new NothingToSend('every ticket was cancelled');
  return ticketsMail(to, eventOr(told ? { ...told, startsAt: new Date(told.startsAt) } : event), valid);
}

/** Only a refund's mail names seats. */
const seatsOf = async (db: Database, { kind, paymentId, facts: { seatIds = [] } }: Notification): Promise<SeatsOfMail> =>
  kind === 'payment-refunded' && paymentId !== null ? seatsOfRefund(db, paymentId, seatIds) : { labels: [], paidFeeMinor: 0 };

function eventOr(event: MailEvent | undefined): MailEvent {
  if (!event) throw new NotKnownYet('event');
  return event;
}
