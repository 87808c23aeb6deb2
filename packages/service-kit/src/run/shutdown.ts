import type { Logger } from '../logger.ts';

/** What is left for workers and pools after requests had their `drainMs`, in milliseconds. */
const closingMs = 5_000;

/**
 * On SIGTERM or SIGINT: runs `stop` and ends the process, with code 0 when it was done within `drainMs` + 5 s, else 1. A second signal ends it at once.
 * A fault that nobody caught ends it too: its state cannot be trusted any more.
 */
export function stopOnSignals({ logger, drainMs, stop }: { logger: Logger; drainMs: number; stop: () => Promise<void> }): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      logger.warn({ signal }, 'stopped at once');
      process.exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('not stopped in time');
      process.exit(1);
    }, drainMs + closingMs).unref();
    stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (err: unknown) => {
        logger.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Logs a fault that nobody caught, and ends the process with code 1. */
export function exitOnUncaught(logger: Logger): void {
  const end = (what: string) => (err: unknown) => {
    logger.fatal({ err }, what);
    process.exit(1);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}
