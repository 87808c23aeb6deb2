/**
 * Redis gave no usable answer. `sent: false` – it never got the command. `sent: true` – the outcome is unknown: it may have run, whether the answer was
 * lost, late, or a complaint about the server's own state (out of memory, read-only replica). Go on without Redis and clean up in the background.
 */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
  readonly sent: boolean;
  constructor(message: string, options: { sent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.sent = options.sent;
  }
}

// What a server says about itself, not about the command: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
const serverState = /^(OOM|READONLY|LOADING|BUSY|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|UNKILLABLE|NOAUTH|max number of clients)/;
const neverSent = /enableOfflineQueue|Connection is closed|isn't writeable/;

/** An error of ioredis as ours; what Redis says about the command itself (wrong type, a bug in a script) stays what it is. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof RedisUnavailable) return error;
  if (error.name === 'ReplyError' && !serverState.test(error.message)) return error;
  return new RedisUnavailable(error.message, { sent: !neverSent.test(error.message), cause: error });
}
