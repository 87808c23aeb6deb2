import type { Guarded } from './guards.ts';
import { type Life, Lost, type World } from './world.ts';

export type Topic = 'event-changed' | 'payment-awaited' | 'payment-confirmed' | 'payment-failed';
export type Message = { id: string; topic: Topic; key: string; payload: object };
type Row = Message & { isSent: boolean };

const leaseMs = 5_000;

/** A service's outbox: rows of its own transactions. One shard, because a key never leaves its shard. */
export class Outbox {
  readonly rows: Row[] = [];
  readonly name: string;
  /** Which relay has the shard, and until when. */
  lease = { owner: '', until: 0 };

  constructor(name: string) {
    this.name = name;
  }

  /** Part of the transaction that is being carried out. */
  say(topic: Topic, key: string, payload: object): void {
    this.rows.push({ id: `${this.name}-${this.rows.length + 1}`, topic, key, payload, isSent: false });
  }
}

/** One partition per topic: a log that keeps order and whatever was published, once or more. */
export class Broker {
  readonly logs = new Map<Topic, Message[]>([
    ['event-changed', []],
    ['payment-awaited', []],
    ['payment-confirmed', []],
    ['payment-failed', []],
  ]);

  publish(messages: readonly Message[]): void {
    for (const message of messages) this.logs.get(message.topic)?.push(message);
  }
}

/** One turn of packages/messaging/src/relay.ts: lease the shard, read, publish, mark. */
export async function relayOnce(me: Life, at: { world: World; outbox: Outbox; broker: Broker; guarded: Guarded }): Promise<void> {
  const { world, outbox, broker, guarded } = at;
  await me.step('leases the shard');
  if (outbox.lease.owner !== me.name && outbox.lease.until > world.now) return;
  outbox.lease = { owner: me.name, until: world.now + leaseMs };
  await me.step('reads the outbox');
  const rows = outbox.rows.filter((row) => !row.isSent).slice(0, 3);
  if (rows.length === 0) return;
  const mark = () => {
    for (const row of rows) row.isSent = true;
  };
  if (!guarded('send-before-mark')) {
    await me.step('marks before it sends');
    mark();
  }
  await me.step(`publishes ${rows.map((row) => row.id)}`);
  if (world.chance.is(world.weather.lost)) throw new Lost('publish');
  broker.publish(rows);
  if (world.chance.is(world.weather.replyLost)) throw new Lost('publish: the answer');
  await me.step('marks what it sent');
  mark();
}

export type Effect = (message: Message) => void;

/** A consumer group: its offsets at the broker, its inbox in its database. */
export class Consumer {
  readonly #offsets = new Map<Topic, number>();
  readonly #inbox = new Set<string>();
  readonly #world: World;
  readonly #broker: Broker;
  readonly #guarded: Guarded;
  readonly #effects: Partial<Record<Topic, Effect>>;

  constructor({ world, broker, guarded, effects }: { world: World; broker: Broker; guarded: Guarded; effects: Partial<Record<Topic, Effect>> }) {
    this.#world = world;
    this.#broker = broker;
    this.#guarded = guarded;
    this.#effects = effects;
  }

  get topics(): Topic[] {
    return Object.keys(this.#effects) as Topic[]; // the keys of effects
  }

  has(message: Message): boolean {
    return this.#inbox.has(message.id);
  }

  lag(topic: Topic): number {
    return (this.#broker.logs.get(topic)?.length ?? 0) - (this.#offsets.get(topic) ?? 0);
  }

  /** Takes the next message: inbox row and effect are one transaction, the offset is committed after it. */
  async consume(me: Life, topic: Topic): Promise<void> {
    await me.step(`fetches ${topic}`);
    const offset = this.#offsets.get(topic) ?? 0;
    const message = this.#broker.logs.get(topic)?.[offset];
    if (!message) return;
    await me.step(`applies ${message.id}`);
    if (!this.#inbox.has(message.id) || !this.#guarded('inbox')) {
      this.#inbox.add(message.id);
      this.#effects[topic]?.(message);
      if (this.#world.chance.is(this.#world.weather.commitUnanswered)) throw new Lost('COMMIT: the answer');
    }
    await me.step(`commits the offset of ${topic}`);
    this.#offsets.set(topic, Math.max(offset + 1, this.#offsets.get(topic) ?? 0));
  }

  /** A rebalance: another member goes on from an older offset. */
  rewind(topic: Topic): void {
    this.#offsets.set(topic, Math.max(0, (this.#offsets.get(topic) ?? 0) - 2));
    this.#world.note(`broker: ${topic} is read again from ${this.#offsets.get(topic)}`);
  }
}
