import type { Mail } from '../domain/mail.ts';

/** A mail with its envelope. `messageId` is the same at every attempt, so that a mail sent twice is recognised as one. */
export type AddressedMail = Mail & { notificationId: string; messageId: string; from: string; to: { address: string; name: string | null } };

/** Where mails leave this process. */
export interface MailTransport {
  /** Resolves when the mail is in other hands. Throws MailServerAway or MailNotAccepted; neither holds an address. */
  send(mail: AddressedMail, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** No mail can leave now, whoever it is for. */
export class MailServerAway extends Error {
  override name = 'MailServerAway';
}

/** This mail was not taken. The server's own words are dropped: they usually repeat the address. */
export class MailNotAccepted extends Error {
  override name = 'MailNotAccepted';
}

/** '<notification id>@<domain of the sender>'. */
export const messageIdOf = (notificationId: string, from: string): string =>
  `<${notificationId}@${/@([^>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'}>`;
