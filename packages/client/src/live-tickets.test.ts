import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, type Script, tinyServer } from '../test/tiny-server.ts';
import { eventsOf } from './event-stream.ts';
import { createBoxOfficeClient } from './index.ts';

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const bodyOf = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

describe('eventsOf', () => {
  it('reads ids, names, several data lines and comments, whatever the line ends', async () => {
    const events = await collected(
      eventsOf(bodyOf(': hello\n\nid: 7\r\nevent: ticket\r\ndata: {"a":\r\ndata: 1}\r\n\r\n', 'data:two\r\r', 'retry: 900\ndata\n\n')),
    );
    expect(events).toEqual([
      { id: '7', event: 'ticket', data: '{"a":\n1}', retryMs: undefined },
      { id: '7', event: 'message', data: 'two', retryMs: undefined },
      { id: '7', event: 'message', data: '', retryMs: 900 },
    ]);
  });

  it('does not mind where a chunk ends, also inside a CRLF or a character', async () => {
    const text = 'id: 1\r\ndata: Café\r\n\r\nid: 2\r\ndata: b\r\n\r\n';
    const bytes = [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte));
    const events = await collected(eventsOf(ReadableStream.from(bytes)));
    expect(events.map(({ id, data }) => [id, data])).toEqual([
      ['1', 'Café'],
      ['2', 'b'],
    ]);
  });

  it('drops an event that was cut off', async () => {
    expect(await collected(eventsOf(bodyOf('data: whole\n\ndata: ha')))).toHaveLength(1);
  });
});

let server: Awaited<ReturnType<typeof tinyServer>> | undefined;
afterEach(() => server?.close());
const client = async (script: Script, options: { retries?: number } = {}) => {
  server = await tinyServer({}, script);
  return { server, client: createBoxOfficeClient({ url: server.url, token: 'good', ...options }) };
};
const begin = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' });
const ticket = (id: number) => `id: ${id}\nevent: ticket\ndata: {"ticketId":"t${id}"}\n\n`;

describe('liveTickets', () => {
  it('goes on after the last ticket when the connection breaks, and closes its own when the loop is left', async () => {
    let open: ServerResponse | undefined;
    const { server, client: boxOffice } = await client((seen, _req, res) => {
      begin(res).write(seen.lastEventId === '2' ? ticket(3) : ticket(1) + ticket(2));
      if (seen.lastEventId === undefined) setTimeout(() => res.destroy(), 20);
      else open = res;
      return true;
    });
    const tickets: string[] = [];
    for await (const { ticketId } of boxOffice.liveTickets()) if (tickets.push(ticketId) === 3) break;
    expect(tickets).toEqual(['t1', 't2', 't3']);
    expect(server.seen).toMatchObject([{ path: '/live/tickets', authorization: 'Bearer good' }, { lastEventId: '2' }]);
    await expect.poll(() => open?.destroyed).toBe(true);
  });

  it('starts after the given event, and tells the id of the last one', async () => {
    const { server, client: boxOffice } = await client((_seen, _req, res) => {
      begin(res).write(`: sign of life\n\nevent: other\ndata: 1\n\n${ticket(6)}`);
      return true;
    });
    const left = new AbortController();
    const told: string[] = [];
    const tickets = await collected(
      boxOffice.liveTickets({
        signal: left.signal,
        lastEventId: '5',
        onEventId: (id) => {
          told.push(id);
          left.abort();
        },
      }),
    );
    expect(server.seen[0]?.lastEventId).toBe('5');
    expect([tickets.length, told]).toEqual([1, ['6']]);
  });

  it('ends quietly with its signal', async () => {
    const { client: boxOffice } = await client((_seen, _req, res) => {
      begin(res).flushHeaders();
      return true;
    });
    await expect(collected(boxOffice.liveTickets({ signal: AbortSignal.timeout(50) }))).resolves.toEqual([]);
  });

  it('throws a "no" at once, and gives up when no connection can be had', async () => {
    const { server, client: boxOffice } = await client((_seen, _req, res) =>
      answer(res, 403, { code: 'FORBIDDEN', title: 'Only people may do this.' }, { 'content-type': 'application/problem+json' }),
    );
    await expect(collected(boxOffice.liveTickets())).rejects.toThrow('Only people may do this.');
    expect(server.seen).toHaveLength(1);
    await server.close();
    const nobody = createBoxOfficeClient({ url: server.url, retries: 1 });
    await expect(collected(nobody.liveTickets())).rejects.toThrow('fetch failed');
  });
});
