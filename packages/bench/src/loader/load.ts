import { type Answer, Connection } from './connection.ts';
import { latencyOf, microseconds } from './latency.ts';
import type { LoadRequest, LoadResult, LoadSpec } from './spec.ts';

/** A request as it is sent; `id` makes its idempotency key. */
export function textOf({ path, body, token }: LoadRequest, id: number | string): string {
  const known = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  const content =
    body === undefined
      ? ''
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nidempotency-key: ${process.pid}-${id}\r\n`;
  return `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: localhost\r\n${known}${content}\r\n${body ?? ''}`;
}

/** Over all loads of a process: an idempotency key names one call. */
let sequence = 0;

const now = () => performance.now();

/** Sends the load and answers what came back. */
export async function load(spec: LoadSpec): Promise<LoadResult> {
  const run = new Run(spec);
  const cpu = process.cpuUsage();
  await run.ended();
  const { user, system } = process.cpuUsage(cpu);
  return run.result((user + system) / 1e6);
}

class Run {
  private readonly histogram = microseconds();
  private readonly answers: Record<string, number> = {};
  private readonly connections: Connection[];
  private readonly idle: Connection[];
  /** Moments of arrivals that wait for a connection. */
  private readonly waiting: number[] = [];
  private begin = 0;
  private measureFrom = 0;
  private end = 0;
  private next = 0;
  private arrived = 0;
  private underWay = 0;
  private ok = 0;
  private okInAll = 0;
  private lastAnswer = 0;
  private exhausted = false;
  private readonly spec: LoadSpec;

  constructor(spec: LoadSpec) {
    this.spec = spec;
    this.connections = Array.from({ length: spec.connections }, () => new Connection(spec.port));
    this.idle = [...this.connections];
  }

  /** Sends until the time, or the requests, are over, and all answers are there. */
  async ended(): Promise<void> {
    const { load: kind, warmUp, seconds } = this.spec;
    await Promise.all(this.connections.map((connection) => connection.open()));
    this.begin = now();
    this.measureFrom = this.begin + warmUp * 1000;
    this.end = this.measureFrom + seconds * 1000;
    while (now() < this.end && !this.exhausted) {
      if (kind.kind === 'open') this.arrive(kind.perSecond);
      else if (this.idle.length > 0) for (const connection of this.idle.splice(0)) this.send(connection, now());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (kind.kind === 'open' && !this.exhausted) this.arrive(kind.perSecond); // those of the last turn
    const patience = now() + 30_000;
    while ((this.underWay > 0 || this.waiting.length > 0) && now() < patience) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const connection of this.connections) connection.close();
  }

  result(cpu: number): LoadResult {
    const ended = Math.max(this.lastAnswer, this.measureFrom + 1);
    const until = this.exhausted || this.spec.load.kind === 'open' ? ended : Math.min(ended, this.end);
    return {
      seconds: (until - this.measureFrom) / 1000,
      ok: this.ok,
      okInAll: this.okInAll,
      sent: this.next,
      answers: this.answers,
      latency: latencyOf(this.histogram),
      cpu,
      exhausted: this.exhausted,
    };
  }

  /** All arrivals that are due by now; those that find no connection wait, and their wait counts. */
  private arrive(perSecond: number): void {
    const due = Math.round((Math.min(now(), this.end) - this.begin) * perSecond) / 1000;
    for (; this.arrived + 1 <= due; this.arrived++) this.waiting.push(this.begin + (this.arrived / perSecond) * 1000);
    while (this.waiting.length > 0 && this.idle.length > 0 && !this.exhausted)
      this.send(this.idle.pop() as Connection, this.waiting.shift() as number); // both have one
  }

  private send(connection: Connection, since: number): void {
    const { requests, again, upTo = Number.POSITIVE_INFINITY } = this.spec;
    const request = this.next < upTo ? requests[again ? this.next % requests.length : this.next] : undefined;
    if (!request) {
      this.exhausted = true;
      this.waiting.length = 0;
      return void this.idle.push(connection);
    }
    this.underWay += 1;
    this.next += 1;
    connection.send(textOf(request, sequence++), (answer) => this.settle(connection, since, answer));
  }

  private settle(connection: Connection, since: number, { status, code }: Answer): void {
    const at = now();
    this.underWay -= 1;
    const good = status >= 200 && status < 300;
    if (good) this.okInAll += 1;
    // An open loop counts what arrived in its time, however late it was answered: leaving those out would flatter whoever is late.
    const counts = this.spec.load.kind === 'open' ? since >= this.measureFrom : at >= this.measureFrom && at <= this.end;
    if (counts) {
      this.lastAnswer = at;
      if (good) this.ok += 1;
      const name = status === 0 ? 'no answer' : code ? `${status} ${code}` : String(status);
      this.answers[name] = (this.answers[name] ?? 0) + 1;
      this.histogram.recordValue(Math.max(1, Math.round((at - since) * 1000)));
    }
    const waited = this.waiting.shift();
    if (waited !== undefined) this.send(connection, waited);
    else if (this.spec.load.kind === 'closed' && at < this.end && !this.exhausted) this.send(connection, at);
    else this.idle.push(connection);
  }
}
