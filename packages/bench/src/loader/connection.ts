import { connect, type Socket } from 'node:net';

/** One HTTP answer: its status, where it is a refusal its code, and its body when somebody asks for it. */
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

  /** Sends the bytes of a request; `answered` is called once, with status 0 when the connection broke. */
  send(request: Buffer, answered: (answer: Answer) => void): void {
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
    const socket = connect(this.port, '127.0.0.1').setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      const bytes = this.got ? Buffer.concat([this.got, chunk]) : chunk;
      const answer = parseAnswer(bytes);
      this.got = answer ? undefined : bytes;
      if (answer) this.settle(answer);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.socket = undefined;
      this.got = undefined;
      this.settle({ status: 0, code: undefined, text: () => '' });
    });
    return socket;
  }

  private settle(answer: Answer): void {
    const answered = this.answered;
    this.answered = undefined;
    answered?.(answer);
  }
}
