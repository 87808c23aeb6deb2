import type { SendMailOptions } from 'nodemailer';
import type { AddressedMail } from './mail-transport.ts';

/** The mail as nodemailer takes it: every image twice, once shown by its cid and once attached, because half of the mail readers offer only one of them. */
export const messageOf = (mail: AddressedMail): SendMailOptions => ({
  messageId: mail.messageId,
  from: mail.from,
  to: { address: mail.to.address, name: mail.to.name ?? '' },
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  headers: { 'Auto-Submitted': 'auto-generated' },
  attachments: mail.images.flatMap(({ cid, fileName, pngBase64 }) => {
    const png = { filename: fileName, content: pngBase64, encoding: 'base64', contentType: 'image/png' };
    return [{ ...png, cid }, png];
  }),
});
