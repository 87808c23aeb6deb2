import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from './pool.ts';

export interface Listener {
  close(): Promise<void>;
}

const backOffMs = { first: 100, most: 5000 };
/** A connection that died without a word (a cut cable, a lost node) is noticed after this long. */
const probeEveryMs = 15_000;

/**
 * Hears NOTIFY on a channel over a connection of its own, which comes back by itself. A hint only: what was said while it was away is lost, so
 * after every reconnect `onNotify('')` says "something may have happened: look". Resolves after the first attempt, successful or not.
 */
export async function listen(url: string, channel: string, onNotify: (payload: string) => void, log: Log): Promise<Listener> {
  const stop = new AbortController();
  const tell = (payload: string) => {
    try {
      onNotify(payload);
    } catch (error) {
      log.warn({ channel, error: String(error) }, 'a listener failed');
    }
  };
  const first = Promise.withResolvers<void>();
  const running = keepListening({ url, channel, tell, log, signal: stop.signal, attempted: first.resolve });
  await first.promise;
  return {
    close: async () => {
      stop.abort();
      await Promise.race([running, delay(1000, undefined, { ref: false })]); // an attempt to connect may take longer than we have
    },
  };
}

interface Listening {
  url: string;
  channel: string;
  tell: (payload: string) => void;
  log: Log;
  signal: AbortSignal;
  attempted: () => void;
}

async function keepListening(listening: Listening): Promise<void> {
  const { channel, tell, log, signal, attempted } = listening;
  let heardBefore = false;
  let waitMs = backOffMs.first;
  while (!signal.aborted) {
    const lost = await openOnce(listening).then(
      async (connection) => {
        waitMs = backOffMs.first;
        if (heardBefore) tell('');
        heardBefore = true;
        attempted();
        return connection.ended;
      },
      (error: unknown) => String(error),
    );
    attempted();
    if (signal.aborted) return;
    log.warn({ channel, error: lost }, 'not listening: connecting again');
    await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, backOffMs.most);
    heardBefore = true; // whatever was said until now went unheard
  }
}

/** One connection; `ended` tells why it is over. */
async function openOnce({ url, channel, tell, signal }: Listening): Promise<{ ended: Promise<string> }> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `boxoffice-listen ${channel}`,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  });
  const over = Promise.withResolvers<string>();
  client.on('error', (error) => over.resolve(error.message));
  client.on('end', () => over.resolve('the connection ended'));
  client.on('notification', (message) => tell(message.payload ?? ''));
  try {
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    await end(client);
    throw error;
  }
  const probe = setInterval(() => client.query('SELECT 1').catch((error: Error) => over.resolve(error.message)), probeEveryMs);
  const stopped = () => over.resolve('stopped');
  signal.addEventListener('abort', stopped);
  if (signal.aborted) stopped();
  const ended = over.promise.finally(async () => {
    clearInterval(probe);
    signal.removeEventListener('abort', stopped);
    await end(client);
  });
  return { ended };
}

/** Ends a client that may be dead: a polite goodbye nobody answers must not hold us. */
async function end(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), delay(1000, undefined, { ref: false })]);
}
