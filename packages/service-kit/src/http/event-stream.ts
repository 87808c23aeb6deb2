import type { ServerResponse } from 'node:http';
import { onDrain } from './drain.ts';

/** Server-sent events on one response. */
export interface EventStream {
  /** `data` goes out as it is when it is text, as JSON otherwise. A reader that has left is not told, and it is no error. */
  send(event: { id?: string | undefined; event: string; data: unknown }): void;
  /** A sign of life that readers ignore. */
  comment(text?: string): void;
  /** Resolves when the reader has left, was too slow, or the process is draining. */
  closed: Promise<void>;
}

const heartbeatMs = 15_000;
/** A reader this far behind is cut off: it comes back with Last-Event-ID and reads from the tables what it missed. */
const maxBacklogBytes = 1024 * 1024;

const oneLine = (text: string) => text.replace(/[\r\n\0]+/g, ' ');

/** Starts an event stream: heart-beat every 15 s; ends when `signal` does, when the reader is more than 1 MB behind, or at shutdown. */
export function openEventStream(res: ServerResponse, signal: AbortSignal): EventStream {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
  res.flushHeaders();
  const write = (text: string) => {
    if (res.writableEnded || res.destroyed) return;
    if (res.writableLength > maxBacklogBytes) return void res.destroy();
    res.write(text);
  };
  const comment = (text = '') => write(`: ${oneLine(text)}\n\n`);
  const heartbeat = setInterval(comment, heartbeatMs).unref();
  const end = () => void res.end();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  onDrain(res, end);
  const closed = new Promise<void>((resolve) => {
    res.once('close', resolve);
    if (res.closed) resolve();
  }).then(() => {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
  });
  return {
    send: ({ id, event, data }) => {
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
      write(`${id === undefined ? '' : `id: ${oneLine(id)}\n`}event: ${oneLine(event)}\n${lines.join('')}\n`);
    },
    comment,
    closed,
  };
}
