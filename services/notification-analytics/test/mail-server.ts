import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

export type ReceivedMail = { to: string[]; raw: string; messageId: string; subject: string };

/** The outside world: a real SMTP server on 127.0.0.1 that keeps what it gets. */
export interface MailServer {
  url: string;
  mails: ReceivedMail[];
  /** What the next mails are answered with, one each; then every mail is taken. */
  refuseNext(...replies: { code: number; words: string }[]): void;
  stop(): Promise<void>;
}

/** Listens at `port`, so that it can be stopped and started again at the same place. */
export async function startMailServer(port: number): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const replies: { code: number; words: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    closeTimeout: 100,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const reply = replies.shift();
        if (reply) return callback(Object.assign(new Error(reply.words), { responseCode: reply.code }));
        const raw = Buffer.concat(chunks).toString('utf8');
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw,
          messageId: header(raw, 'Message-ID'),
          subject: header(raw, 'Subject'),
        });
        callback();
      });
    },
  });
  server.on('error', () => undefined); // a client that was killed in the middle
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuseNext: (...next) => void replies.push(...next),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A header of a mail, unfolded. */
export const header = (raw: string, name: string): string =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'mi').exec(raw)?.[1]?.replace(/\r\n[ \t]/g, ' ') ?? '';
