import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type EventStream, openEventStream } from './event-stream.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const up = (onStream: (stream: EventStream, res: ServerResponse) => void, signal = new AbortController().signal) =>
  new Promise<string>((resolve) => {
    const server = createServer((_req, res) => onStream(openEventStream(res, signal), res)).listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on TCP
    });
    servers.push(server);
  });

test('writes events as the standard says, whatever is in them', async () => {
  const url = await up((stream, res) => {
    stream.send({ id: '7', event: 'ticket', data: { a: 'x\ny' } });
    stream.send({ event: 'no\nte', data: 'one\r\ntwo' });
    stream.comment();
    res.end();
  });
  const answer = await fetch(url);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toContain('no-transform');
  expect(await answer.text()).toBe('id: 7\nevent: ticket\ndata: {"a":"x\\ny"}\n\nevent: no te\ndata: one\ndata: two\n\n: \n\n');
});

test('closed resolves when the reader leaves; sending after that is no error', async () => {
  const gone = Promise.withResolvers<void>();
  const url = await up((stream) => {
    void stream.closed.then(() => {
      stream.send({ event: 'late', data: 1 });
      gone.resolve();
    });
  });
  const left = new AbortController();
  await fetch(url, { signal: left.signal });
  left.abort();
  await gone.promise;
});

test('ends with its signal', async () => {
  const stop = new AbortController();
  const url = await up(() => stop.abort(), stop.signal);
  expect(await (await fetch(url)).text()).toBe('');
});

test('a reader that does not read is cut off before a few megabytes have piled up', async () => {
  const cut = Promise.withResolvers<number>();
  const url = new URL(
    await up((stream) => {
      let sent = 0;
      const timer = setInterval(() => {
        stream.send({ event: 'x', data: 'y'.repeat(100_000) });
        sent += 100_000;
      }, 1);
      void stream.closed.then(() => {
        clearInterval(timer);
        cut.resolve(sent);
      });
    }),
  );
  const socket = connect(Number(url.port), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')).pause();
  socket.on('error', () => {});
  expect(await cut.promise).toBeLessThan(30_000_000); // 1 MB of ours and what the kernel's buffers hold
  socket.destroy();
});
