import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { MailNotAccepted, MailServerAway, type MailTransport } from './mail-transport.ts';
import { messageOf } from './message.ts';

/** Mails as files, `<notification id>.eml`, readable by their owner only: each is there whole or not at all, and written again it replaces itself. */
export function folderTransport(folder: string): MailTransport {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows', disableFileAccess: true, disableUrlAccess: true });
  return {
    async send(mail) {
      const { message } = await composer.sendMail(messageOf(mail));
      if (!Buffer.isBuffer(message)) throw new MailNotAccepted('the mail could not be composed');
      await writeWhole(folder, `${mail.notificationId}.eml`, message).catch((error: NodeJS.ErrnoException) => {
        throw new MailServerAway(`folder ${error.code ?? 'unknown'}`);
      });
    },
    close: async () => composer.close(),
  };
}

async function writeWhole(folder: string, name: string, content: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${name}.${process.pid}.draft`);
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync(); // the notification is marked SENT next: a power cut must not take the mail back
    } finally {
      await file.close();
    }
    await rename(draft, join(folder, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
