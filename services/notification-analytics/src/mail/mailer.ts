import { type Database, listen } from '@boxoffice/postgres';
import type { Job, Logger, Worker } from '@boxoffice/service-kit';
import { mailDueChannel } from '../persistence/notifications.sql.ts';

export type MailerOptions = { db: Database; everyMs: number; send: () => Promise<{ more: boolean }>; logger: Logger };

/**
 * Sends due mails every `everyMs` (the truth) and at once when a transaction that made one commits (a hint).
 * One run at a time; a hint during a run, or mails left over by it, start one more.
 */
export function mailer({ db, everyMs, send, logger }: MailerOptions): { job: Job; worker: Worker } {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let listener: { close(): Promise<void> } | undefined;
  const run = (): Promise<void> => {
    again = running !== undefined;
    running ??= send()
      .then(({ more }) => {
        again ||= more;
      })
      .finally(() => {
        running = undefined;
        if (again && !stopped) setImmediate(hint);
      });
    return running;
  };
  const hint = (): void => {
    if (!stopped) run().catch((error: unknown) => logger.error({ err: error }, 'sending mails failed'));
  };
  return {
    job: { name: 'send-mails', everyMs, run },
    worker: {
      name: 'mail-hints',
      async start() {
        listener = await listen(db.url, mailDueChannel, hint, logger);
      },
      async stop() {
        stopped = true;
        await listener?.close();
        await running?.catch(() => undefined);
      },
    },
  };
}
