import { type Database, listen } from '@boxoffice/postgres';
import type { Job, Logger, Worker } from '@boxoffice/service-kit';
import { mailDueChannel } from '../persistence/notifications.sql.ts';

export type MailerOptions = { db: Database; everyMs: number; send: () => Promise<{ more: boolean }>; logger: Logger };

/** Between a run and the next one for a hint: at an opening a round then takes the mails of 250 ms instead of two or three. */
const restMs = 250;

/**
 * Sends due mails every `everyMs` (the truth) and at once when a transaction that made one commits (a hint).
 * One run at a time; mails left over by it start one more at once, a hint during a run or soon after it one after a rest.
 */
export function mailer({ db, everyMs, send, logger }: MailerOptions): { job: Job; worker: Worker } {
  const turns = oneAtATime(send, (error) => logger.error({ err: error }, 'sending mails failed'));
  let listener: { close(): Promise<void> } | undefined;
  return {
    job: { name: 'send-mails', everyMs, run: turns.run },
    worker: {
      name: 'mail-hints',
      async start() {
        listener = await listen(db.url, mailDueChannel, turns.hint, logger);
      },
      async stop() {
        await Promise.all([turns.stop(), listener?.close()]);
      },
    },
  };
}

function oneAtATime(send: MailerOptions['send'], failed: (error: unknown) => void) {
  let running: Promise<void> | undefined;
  let hinted = false;
  let resting: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = (): Promise<void> => {
    running ??= send()
      .then(({ more }) => {
        if (more) setImmediate(go);
      })
      .finally(() => {
        running = undefined;
        rest();
      });
    return running;
  };
  const go = (): void => {
    hinted = false;
    if (!stopped) run().catch(failed);
  };
  const rest = (): void => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      resting = undefined;
      if (hinted) go();
    }, restMs).unref();
  };
  return {
    run,
    hint: (): void => {
      hinted = true;
      if (!running && !resting) go();
    },
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(resting);
      await running?.catch(() => undefined);
    },
  };
}
