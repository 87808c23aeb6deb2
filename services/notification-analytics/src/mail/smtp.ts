import { createTransport, type NodemailerError } from 'nodemailer';
import { MailNotAccepted, MailServerAway, type MailTransport } from './mail-transport.ts';
import { messageOf } from './message.ts';

/** The conversation failed before it was about one mail: network, name, TLS, log-in, or our deadline (EABORT). Codes of nodemailer. */
const aboutTheServer: ReadonlySet<string> = new Set([
  'ECONNECTION',
  'ETIMEDOUT',
  'ESOCKET',
  'EDNS',
  'ETLS',
  'EREQUIRETLS',
  'EAUTH',
  'ENOAUTH',
  'EPROXY',
  'EABORT',
]);

/** Mails to an SMTP server over a few kept connections; `smtps://` is TLS from the start, `smtp://` takes STARTTLS where offered (`?requireTLS=true` insists). */
export function smtpTransport({ url, connections, deadlineMs }: { url: string; connections: number; deadlineMs: number }): MailTransport {
  const pool = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    maxRequeues: 0, // a connection lost in the middle may have delivered: trying again is the job's decision, not the pool's
    connectionTimeout: deadlineMs / 2,
    greetingTimeout: deadlineMs / 2,
    socketTimeout: deadlineMs,
    idleTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail, signal) {
      try {
        await pool.sendMail({ ...messageOf(mail), signal });
      } catch (error) {
        throw withoutAddress(error);
      }
    },
    close: async () => pool.close(),
  };
}

function withoutAddress(error: unknown): Error {
  const { code = 'unknown', originalCode = '', responseCode = '' } = error as NodemailerError;
  const words = `${code} ${originalCode}${responseCode}`.trim();
  // 421: the server closes for everybody (RFC 5321, 3.8).
  return aboutTheServer.has(code) || responseCode === 421 ? new MailServerAway(words) : new MailNotAccepted(words);
}
