import { jittered, statusOf } from './errors.ts';
import { eventsOf } from './event-stream.ts';
import { type PlainOptions, paths, pause, send } from './plain-routes.ts';

export type LiveOptions = {
  /** Ends the stream; without it, leaving the loop does. */
  signal?: AbortSignal | undefined;
  /** Start after this event instead of now; `onEventId` tells which that is. */
  lastEventId?: string | undefined;
  onEventId?: ((lastEventId: string) => void) | undefined;
};

/** The server gives a sign of life every 15 s; a stream that is silent for three of them is dead. */
const silenceMs = 45_000;
const longestWaitMs = 10_000;

/**
 * Events of one kind, over as many connections as it takes: each goes on after the last event of the one before (Last-Event-ID).
 * Ends when `signal` is aborted. Throws a "no", and gives up when the first connection fails `retries` times.
 */
export async function* liveEvents<T>(
  options: PlainOptions,
  kind: string,
  { signal, lastEventId, onEventId }: LiveOptions,
): AsyncGenerator<T, void, void> {
  let last = lastEventId;
  let connected = false;
  let failures = 0;
  while (!signal?.aborted) {
    const opened = (): void => {
      connected = true;
      failures = 0;
    };
    try {
      for await (const { id, event, data } of oneConnection(options, { lastEventId: last, signal, opened })) {
        if (event === kind) yield JSON.parse(data) as T; // the server checked it against the contract
        if (id === undefined || id === last) continue;
        last = id;
        onEventId?.(id);
      }
    } catch (error) {
      if (signal?.aborted) return;
      failures += 1;
      if (isFinal(error) || (!connected && failures > options.retries)) throw error;
    }
    await pause(jittered(Math.min(200 * 2 ** failures, longestWaitMs)), signal).catch(() => undefined);
  }
}

/** A "no" is final; overload and faults of the server are not. */
function isFinal(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status < 500 && status !== 429;
}

type Opening = { lastEventId: string | undefined; signal: AbortSignal | undefined; opened: () => void };

async function* oneConnection(options: PlainOptions, { lastEventId, signal, opened }: Opening) {
  const connection = new AbortController();
  const stop = (): void => connection.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const alive = watchdog(silenceMs, () => connection.abort(new Error('The stream fell silent.')));
  try {
    const headers = { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const response = await send(options, { path: paths.liveTickets, method: 'GET', headers, signal: connection.signal });
    if (!response.body) throw new Error('The stream has no body.');
    opened();
    yield* eventsOf(response.body.pipeThrough(alive.stream));
  } finally {
    alive.stop();
    signal?.removeEventListener('abort', stop);
    connection.abort();
  }
}

/** Passes bytes through and calls `onSilence` when none come for `ms`. */
function watchdog(ms: number, onSilence: () => void): { stream: TransformStream<Uint8Array, Uint8Array>; stop(): void } {
  let timer = setTimeout(onSilence, ms);
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      clearTimeout(timer);
      timer = setTimeout(onSilence, ms);
      controller.enqueue(chunk);
    },
  });
  return { stream, stop: () => clearTimeout(timer) };
}
