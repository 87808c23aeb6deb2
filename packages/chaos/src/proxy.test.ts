import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openProxy, type TcpProxy } from './proxy.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that answers each line in capitals, a proxy in front of it, and what the server heard. */
async function shouting(): Promise<{ proxy: TcpProxy; port: number; heard: string[]; ask: (line: string, withinMs?: number) => Promise<string> }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard.push(chunk.toString());
      socket.write(chunk.toString().toUpperCase());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await openProxy('test');
  const { port } = server.address() as AddressInfo; // listening on TCP
  proxy.leadTo(port);
  closing.push(
    () => server.close(),
    () => proxy.close(),
  );
  /** What comes back on a new connection: the answer, 'closed', or 'silence'. */
  const ask = (line: string, withinMs = 300) =>
    new Promise<string>((resolve) => {
      const socket: Socket = connect(proxy.port, '127.0.0.1', () => socket.write(line));
      const end = (what: string) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(what);
      };
      const timer = setTimeout(() => end('silence'), withinMs);
      socket.on('data', (chunk) => end(chunk.toString()));
      socket.on('error', () => {});
      socket.on('close', () => end('closed'));
    });
  return { proxy, port, heard, ask };
}

test('fair weather: bytes pass', async () => {
  const { ask } = await shouting();
  expect(await ask('hello')).toBe('HELLO');
});

test('cut: refused, and well again afterwards', async () => {
  const { proxy, ask, heard } = await shouting();
  proxy.set({ cut: true });
  expect(await ask('hello')).toBe('closed');
  proxy.set({});
  expect(await ask('again')).toBe('AGAIN');
  expect(heard).toEqual(['again']);
});

test('swallowed requests are never heard, swallowed replies were', async () => {
  const { proxy, ask, heard } = await shouting();
  proxy.set({ swallow: 'requests' });
  expect(await ask('one')).toBe('silence');
  proxy.set({ swallow: 'replies' });
  expect(await ask('two')).toBe('silence');
  expect(heard).toEqual(['two']);
});

test('a lost reply: carried out, not answered, hung up; then as before', async () => {
  const { proxy, ask, heard } = await shouting();
  proxy.loseReplies(1, (request) => request.toString().includes('commit'));
  expect(await ask('select')).toBe('SELECT');
  expect(await ask('commit', 1_000)).toBe('closed');
  expect(await ask('commit')).toBe('COMMIT');
  expect(heard).toEqual(['select', 'commit', 'commit']);
  expect(proxy.lost).toBe(1);
});

test('delay: late, and in order', async () => {
  const { proxy, ask } = await shouting();
  proxy.set({ delayMs: 60 });
  const began = performance.now();
  expect(await ask('hello', 2_000)).toBe('HELLO');
  expect(performance.now() - began).toBeGreaterThanOrEqual(118); // both ways; timers may be a moment early
});

test('loss: every so-many-th piece is 200 ms late', async () => {
  const { proxy, ask } = await shouting();
  proxy.set({ losesEvery: 1 });
  const began = performance.now();
  expect(await ask('hello', 2_000)).toBe('HELLO');
  expect(performance.now() - began).toBeGreaterThanOrEqual(398); // both ways
  proxy.set({ losesEvery: 2 });
  const again = performance.now();
  expect(await ask('hello', 2_000)).toBe('HELLO'); // the first piece of a connection
  expect(performance.now() - again).toBeLessThan(198);
});

test('a request held up is never heard, its connection is cut, and it is told once', async () => {
  const { proxy, ask, heard } = await shouting();
  let told = 0;
  proxy.holdUp(
    (request) => request.toString().includes('commit'),
    () => void told++,
  );
  expect(await ask('select')).toBe('SELECT');
  expect(await ask('commit')).toBe('closed');
  expect(await ask('commit')).toBe('COMMIT');
  expect(heard).toEqual(['select', 'commit']);
  expect(told).toBe(1);
});

test('new connections go to each of several in turn', async () => {
  const first = await shouting();
  const second = await shouting();
  first.proxy.leadTo(first.port, second.port);
  for (const line of ['a', 'b', 'c', 'd']) await first.ask(line);
  expect([first.heard, second.heard]).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});
