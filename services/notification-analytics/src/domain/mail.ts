import { escapeHtml, hello, momentText, page } from './mail-text.ts';

/** A mail before it is addressed. */
export type Mail = { subject: string; text: string; html: string; images: MailImage[] };
/** A PNG shown in the mail under `cid` and attached under `fileName`. */
export type MailImage = { cid: string; fileName: string; pngBase64: string };

/** The event as a mail names it. */
export type MailEvent = { name: string; venue: string; startsAt: Date; timeZone: string };
export type MailTicket = { ticketId: string; label: string; category: string; qrPngBase64: string };

const count = (tickets: readonly unknown[]): string => (tickets.length === 1 ? 'Your ticket' : `Your ${tickets.length} tickets`);

/** The mail with every ticket of a payment: seat, QR code to show at the door, event in its own time zone. */
export function ticketsMail(to: { name: string | null }, event: MailEvent, tickets: readonly MailTicket[]): Mail {
  const images = tickets.map((ticket, index) => ({
    cid: `${ticket.ticketId}@tickets`,
    fileName: `ticket-${index + 1}-${ticket.label.replace(/[^\p{L}\p{N}]+/gu, '-')}.png`,
    pngBase64: ticket.qrPngBase64,
  }));
  const when = momentText(event.startsAt, event.timeZone);
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
