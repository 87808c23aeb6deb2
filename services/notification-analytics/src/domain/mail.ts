import { escapeHtml, moneyText, page, startsAtText } from './mail-text.ts';
import type { Notification, NotificationFacts } from './notification.ts';

/** A mail before it is addressed. */
export type Mail = { subject: string; text: string; html: string; images: MailImage[] };
/** A PNG shown in the mail under `cid` and attached under `fileName`. */
export type MailImage = { cid: string; fileName: string; pngBase64: string };

/** The event as a mail names it. */
export type MailEvent = { name: string; venue: string; startsAt: Date; timeZone: string };
export type MailTicket = { ticketId: string; label: string; category: string; qrPngBase64: string };

const hello = (name: string | null): string => (name ? `Hello ${name},` : 'Hello,');
const count = (tickets: readonly unknown[]): string => (tickets.length === 1 ? 'Your ticket' : `Your ${tickets.length} tickets`);

/** The mail with every ticket of a payment: seat, QR code to show at the door, event in its own time zone. */
export function ticketsMail(to: { name: string | null }, event: MailEvent, tickets: readonly MailTicket[]): Mail {
  const images = tickets.map((ticket, index) => ({
    cid: `${ticket.ticketId}@tickets`,
    fileName: `ticket-${index + 1}-${ticket.label.replace(/[^\p{L}\p{N}]+/gu, '-')}.png`,
    pngBase64: ticket.qrPngBase64,
  }));
  const when = startsAtText(event.startsAt, event.timeZone);
  const door = 'Show the QR code of each ticket at the door, on a screen or on paper. Each lets one person in, once.';
  const text = [
    hello(to.name),
    '',
    `${count(tickets)} for ${event.name}`,
    event.venue,
    when,
    '',
    ...tickets.map((ticket) => `- ${ticket.label} (${ticket.category})`),
    '',
    door,
    '',
  ];
  const blocks = tickets.map(
    (ticket, index) =>
      `<div style="margin:24px 0"><img src="cid:${escapeHtml(images[index]?.cid ?? '')}" width="240" height="240" alt="QR code of ${escapeHtml(ticket.label)}" style="display:block">` +
      `<p style="margin:8px 0 0"><strong>${escapeHtml(ticket.label)}</strong><br>${escapeHtml(ticket.category)}</p></div>`,
  );
  return {
    subject: `${count(tickets)}: ${event.name}`,
    text: text.join('\n'),
    html: page(event.name, [
      `<p>${escapeHtml(hello(to.name))}</p>`,
      `<h1 style="font-size:20px;margin:0 0 8px">${escapeHtml(event.name)}</h1>`,
      `<p>${escapeHtml(event.venue)}<br>${escapeHtml(when)}</p>`,
      ...blocks,
      `<p>${escapeHtml(door)}</p>`,
    ]),
    images,
  };
}

/** The mail about money: a payment that failed after the customer had left, or a refund. */
export function paymentMail(to: { name: string | null }, notification: Pick<Notification, 'kind' | 'paymentId' | 'facts'>, event: MailEvent): Mail {
  const { subject, sentence } = paymentWords(notification.kind, notification.facts, event.name);
  const about = `${event.name}, ${event.venue}, ${startsAtText(event.startsAt, event.timeZone)}`;
  const reference = `Payment reference: ${notification.paymentId}`;
  return {
    subject,
    text: [hello(to.name), '', sentence, '', about, reference, ''].join('\n'),
    html: page(event.name, [
      `<p>${escapeHtml(hello(to.name))}</p>`,
      `<p>${escapeHtml(sentence)}</p>`,
      `<p>${escapeHtml(about)}<br>${escapeHtml(reference)}</p>`,
    ]),
    images: [],
  };
}

function paymentWords(kind: Notification['kind'], facts: NotificationFacts, eventName: string): { subject: string; sentence: string } {
  switch (kind) {
    case 'payment-refunded': {
      const amount = facts.amountMinor !== undefined && facts.currency !== undefined ? moneyText(facts.amountMinor, facts.currency) : 'Your payment';
      return {
        subject: `Refund: ${eventName}`,
        sentence: `${amount} was refunded. The money arrives the way you paid, usually within a few days; the tickets of the refunded seats are no longer valid.`,
      };
    }
    case 'payment-failed':
      return failureWords(facts, eventName);
    case 'tickets':
      throw new Error('The mail with tickets is written by ticketsMail.');
    default:
      return kind satisfies never;
  }
}

function failureWords({ reason, refunded = false }: NotificationFacts, eventName: string): { subject: string; sentence: string } {
  if (reason === 'paid-already') {
    const sentence = 'Another payment had paid for your seats already. All of this one was sent back the way you paid; your tickets stay valid.';
    return { subject: `Second payment sent back: ${eventName}`, sentence };
  }
  const happened =
    {
      'seats-gone': 'Your seats went to somebody else before your payment arrived.',
      'not-answered': 'The payment provider did not answer in time.',
      'capture-failed': 'Your bank approved the payment but did not pay.',
    }[reason ?? ''] ?? 'Your payment could not be completed.';
  const money = refunded ? 'All of the money was sent back the way you paid' : 'Nothing was charged';
  return { subject: `Your seats are not booked: ${eventName}`, sentence: `${happened} ${money}; you have no tickets.` };
}
