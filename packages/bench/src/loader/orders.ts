import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Connection } from './connection.ts';
import { latencyOf, microseconds } from './latency.ts';
import { textOf } from './load.ts';
import type { LoadRequest, OrderResult, OrderSpec } from './spec.ts';

const now = () => performance.now();

/** Orders, one after the other on each connection, and what became of them. In an open loop an order whose arrival finds no connection is late, and that counts. */
export async function order(spec: OrderSpec): Promise<OrderResult> {
  const connections = Array.from({ length: spec.connections }, () => new Connection(spec.port));
  await Promise.all(connections.map((connection) => connection.open()));
  const cpu = process.cpuUsage();
  const run = new Orders(spec);
  await Promise.all(connections.map((connection) => run.customer(connection)));
  for (const connection of connections) connection.close();
  const { user, system } = process.cpuUsage(cpu);
  return run.result((user + system) / 1e6);
}

class Orders {
  private readonly histogram = microseconds();
  private readonly answers: Record<string, number> = {};
  private readonly begin = now();
  private readonly measureFrom: number;
  private readonly end: number;
  private next = 0;
  private paid = 0;
  private paidInAll = 0;
  private lastAnswer = 0;
  private readonly spec: OrderSpec;

  constructor(spec: OrderSpec) {
    this.spec = spec;
    this.measureFrom = this.begin + spec.warmUp * 1000;
    this.end = this.measureFrom + spec.seconds * 1000;
  }

  /** Orders until the time or the holds are over. */
  async customer(connection: Connection): Promise<void> {
    const { load, holds } = this.spec;
    for (;;) {
      const due = load.kind === 'open' ? this.begin + (this.next / load.perSecond) * 1000 : now();
      const hold = holds[this.next];
      if (due >= this.end || !hold) return;
      this.next += 1;
      if (due > now()) await sleep(due - now());
      this.note(due, await this.steps(connection, hold));
    }
  }

  result(cpu: number): OrderResult {
    return {
      seconds: (Math.max(this.lastAnswer, this.measureFrom + 1) - this.measureFrom) / 1000,
      paid: this.paid,
      paidInAll: this.paidInAll,
      sent: this.next,
      answers: this.answers,
      latency: latencyOf(this.histogram),
      beganAt: performance.timeOrigin + this.measureFrom,
      cpu,
      exhausted: this.next >= this.spec.holds.length,
    };
  }

  /** How an order ended: 'paid', or the step that did not work and what was answered. */
  private async steps(connection: Connection, hold: LoadRequest): Promise<string> {
    const held = await called(connection, hold);
    const reservationId = fieldOf(held, 'reservationId');
    if (!reservationId) return `hold: ${wordsOf(held)}`;
    const created = await called(connection, call('payment.createPayment', { reservationId }, hold));
    const paymentId = fieldOf(created, 'paymentId');
    if (!paymentId) return `create: ${wordsOf(created)}`;
    const confirmed = await called(connection, call('payment.confirmPayment', { paymentId, card: this.spec.card }, hold));
    const status = fieldOf(confirmed, 'status');
    return status === 'CONFIRMED' ? 'paid' : `pay: ${status ?? wordsOf(confirmed)}`;
  }

  private note(since: number, end: string): void {
    const at = now();
    if (end === 'paid') this.paidInAll += 1;
    if (since < this.measureFrom) return;
    this.lastAnswer = at;
    if (end === 'paid') this.paid += 1;
    this.answers[end] = (this.answers[end] ?? 0) + 1;
    this.histogram.recordValue(Math.max(1, Math.round((at - since) * 1000)));
  }
}

/** Over all orders of a process: an idempotency key names one call. */
let sequence = 0;

const called = (connection: Connection, request: LoadRequest): Promise<Answer> =>
  new Promise((resolve) => connection.send(textOf(request, `order-${sequence++}`), resolve));

const call = (procedure: string, input: object, { token }: LoadRequest): LoadRequest => ({
  path: `/trpc/${procedure}`,
  body: JSON.stringify(input),
  ...(token !== undefined && { token }),
});

const wordsOf = ({ status, code }: Answer): string => (status === 0 ? 'no answer' : code ? `${status} ${code}` : String(status));

function fieldOf(answer: Answer, name: string): string | undefined {
  if (answer.status !== 200) return undefined;
  const { result } = JSON.parse(answer.text()) as { result: { data: Record<string, string> } }; // tRPC's promise
  return result.data[name];
}
