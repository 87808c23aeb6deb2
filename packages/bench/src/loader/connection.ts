import { connect, type Socket } from 'node:net';

/** One HTTP answer: its status, where it is a refusal its code, and its body for who asks before the connection carries its next request. */
export type Answer = { status: number; code: string | undefined; text(): string };

/**
 * Finds the end of one HTTP/1.1 answer in `bytes`: undefined while it is not whole. Knows Content-Length and chunks; nothing else that a server of
 * ours could say.
 */
export function parseAnswer(bytes: Buffer): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const at = head.indexOf('content-length: ');
  if (at >= 0) {
    const length = Number.parseInt(head.slice(at + 16, at + 28), 10);
    return bytes.length >= headEnd + 4 + length ? answerOf(status, bytes, headEnd) : undefined;
  }
  if (!head.includes('transfer-encoding: chunked')) throw new Error(`an answer without a length:\n${head}`);
  return bytes.toString('latin1', Math.max(0, bytes.length - 5)) === '0\r\n\r\n' ? answerOf(status, bytes, headEnd) : undefined;
}

const answerOf = (status: number, bytes: Buffer, headEnd: number): Answer => ({
  status,
  code: codeOf(status, bytes, headEnd),
  text: () => bytes.toString('utf8', headEnd + 4),
});

const marker = '"refusal":{"code":"';
function codeOf(status: number, bytes: Buffer, from: number): string | undefined {
  if (status < 300) return undefined;
  const at = bytes.indexOf(marker, from);
  return at < 0 ? undefined : bytes.toString('latin1', at + marker.length, bytes.indexOf('"', at + marker.length));
}

/** A kept-alive connection that carries one request at a time; opened again when the server closes it. `free` is called after each answer. */
export class Connection {
  private socket: Socket | undefined;
  private got: Buffer | undefined;
  private answered: ((answer: Answer) => void) | undefined;
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** Sends a request; `answered` is called once, with status 0 when the connection broke. */
  send(request: string, answered: (answer: Answer) => void): void {
    this.answered = answered;
    this.socket ??= this.opened();
    this.socket.write(request);
  }

  /** Resolves when it is open: nobody's call has to wait for a handshake. */
  open(): Promise<void> {
    this.socket ??= this.opened();
    const socket = this.socket;
    return new Promise((resolve) => (socket.connecting ? socket.once('connect', resolve).once('close', resolve) : resolve()));
  }

  close(): void {
    this.answered = undefined;
    this.socket?.destroy();
  }

  private opened(): Socket {
    // Into one buffer again and again, and out as text: a new buffer for each cost a third of the loader's time, which is taken from whom it measures.
    const onread = { buffer: Buffer.allocUnsafe(65_536), callback: (length: number, buffer: Uint8Array) => this.read(buffer.subarray(0, length)) };
    const socket = connect({ port: this.port, host: '127.0.0.1', onread }).setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.socket = undefined;
      this.got = undefined;
      this.settle({ status: 0, code: undefined, text: () => '' });
    });
    return socket;
  }

  private read(bytes: Uint8Array): boolean {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const all = this.got ? Buffer.concat([this.got, chunk]) : chunk;
    const answer = parseAnswer(all);
    if (answer) {
      this.got = undefined;
      this.settle(answer);
    } else this.got = this.got ? all : Buffer.from(chunk); // the next piece comes into the same buffer
    return true; // go on reading
  }

  private settle(answer: Answer): void {
    const answered = this.answered;
    this.answered = undefined;
    answered?.(answer);
  }
}
