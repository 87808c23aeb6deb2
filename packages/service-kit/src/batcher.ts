import { Refusal } from '@boxoffice/contracts';
import { KeyedQueue, type Queued } from './keyed-queue.ts';
import type { Metrics } from './metrics.ts';

export type BatcherOptions<I, O> = {
  /** In metrics and error messages. */
  name: string;
  /** Does the work of a batch; answers one result per item, in the same order, `Failed` for one that failed while others did not. */
  run: (items: readonly I[]) => Promise<readonly (O | Failed)[]>;
  /** Items of a batch at most; 64 with two in flight is the knee: 256 gives up to 1.7 × the rate for 2.5–4 × the latency (design's lab). */
  size?: number;
  /** Batches under way at once, 2: a third adds nothing (design's lab). */
  inFlight?: number;
  /** Items that are worth a batch beside others under way; 1. Fewer wait for one that comes back: for work whose batches cost much, few items or many. */
  beside?: number;
  /** They wait no longer than this, in milliseconds; 4. */
  lingerMs?: number;
  /** Items that may wait; one more is refused with OVERLOADED. */
  maxQueue?: number;
  /** An item that waited longer, in milliseconds, is refused with OVERLOADED without having been tried. */
  deadlineMs?: number;
  /** Items of the same key are never under way together, neither in one batch nor in two. */
  apart?: (item: I) => string;
  /** May an item be to blame for this error? Then the batch is halved until the bad one fails alone; otherwise all of it fails at once. */
  blames?: (error: unknown) => boolean;
  metrics?: Metrics | undefined;
};

/** An item's answer when it failed and others of its batch did not: what is committed for them is answered to them. */
export class Failed {
  readonly result = 'FAILED';
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export interface Batcher<I, O> {
  /** Queues the item for the next batch: at once when there is room, else when a batch comes back. Refuses OVERLOADED. */
  readonly push: (item: I) => Promise<O>;
  /** Resolves when nothing waits and nothing is under way. */
  drain(): Promise<void>;
}

type Entry<I, O> = Queued & { item: I; resolve: (answer: O) => void; reject: (error: unknown) => void };

/**
 * Gathers what comes in one turn of the event loop into one piece of work. At low load an item waits for less than a turn, or with `beside` for the batch
 * that is under way; under load batches fill by themselves.
 */
export const createBatcher = <I, O>(options: BatcherOptions<I, O>): Batcher<I, O> => new TurnBatcher(options);

class TurnBatcher<I, O> implements Batcher<I, O> {
  readonly #options: BatcherOptions<I, O> & {
    size: number;
    inFlight: number;
    beside: number;
    lingerMs: number;
    maxQueue: number;
    deadlineMs: number;
  };
  readonly #queue = new KeyedQueue<Entry<I, O>>();
  readonly #told: ReturnType<typeof metricsOf>;
  readonly #idle: (() => void)[] = [];
  #underWay = 0;
  #scheduled = false;
  #lingering = false;
  #sweeping = false;

  constructor({ size = 64, inFlight = 2, maxQueue = 5_000, deadlineMs = 2_000, ...options }: BatcherOptions<I, O>) {
    this.#options = { beside: 1, lingerMs: 4, ...options, size, inFlight, maxQueue, deadlineMs };
    this.#told = metricsOf(options.name, options.metrics, () => this.#queue.waiting);
  }

  readonly push = (item: I): Promise<O> =>
    new Promise((resolve, reject) => {
      if (this.#queue.waiting >= this.#options.maxQueue) return this.#refuse({ reject });
      this.#queue.add({ item, key: this.#options.apart?.(item), since: performance.now(), resolve, reject });
      this.#sweepIn(this.#options.deadlineMs);
      this.#schedule();
    });

  drain(): Promise<void> {
    return this.#queue.waiting === 0 && this.#underWay === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #refuse({ reject }: Pick<Entry<I, O>, 'reject'>): void {
    this.#told.refused();
    reject(new Refusal('OVERLOADED', { retryAfterSeconds: 1 }));
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= this.#options.inFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#mayStart()) this.#startNext();
      this.#lingerOn();
    });
  }

  #mayStart(): boolean {
    const { inFlight, beside } = this.#options;
    const { ready } = this.#queue;
    if (ready === 0 || this.#underWay >= inFlight) return false;
    return this.#underWay === 0 || ready >= beside || this.#lingersFor() <= 0;
  }

  /** How long the next item may still wait for company, in milliseconds. */
  #lingersFor(): number {
    return (this.#queue.since ?? 0) + this.#options.lingerMs - performance.now();
  }

  #lingerOn(): void {
    if (this.#lingering || this.#queue.ready === 0 || this.#underWay >= this.#options.inFlight) return;
    this.#lingering = true;
    setTimeout(() => {
      this.#lingering = false;
      this.#schedule();
    }, this.#lingersFor());
  }

  #startNext(): void {
    const batch = this.#queue.take(this.#options.size);
    this.#underWay += 1;
    this.#told.started(batch);
    const startedAt = performance.now();
    const failed = (error: unknown) => batch.map(() => new Failed(error));
    void answersOf(this.#options, batch)
      .catch(failed)
      .then((answers) => {
        this.#told.ended(startedAt);
        this.#underWay -= 1;
        for (const entry of batch) this.#queue.leave(entry);
        // A full one goes off before those of this one are answered, which takes a while; a smaller one is joined by who comes in this turn.
        if (this.#queue.ready >= this.#options.size) this.#startNext();
        if (this.#queue.waiting > 0) this.#schedule();
        answer(batch, answers);
        this.#tellIdle();
      });
  }

  #tellIdle(): void {
    if (this.#queue.waiting === 0 && this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What waited too long is told so, also while no batch comes back. */
  #sweepIn(ms: number): void {
    if (this.#sweeping || this.#queue.waiting === 0) return;
    this.#sweeping = true;
    setTimeout(() => {
      this.#sweeping = false;
      for (const entry of this.#queue.dropBefore(performance.now() - this.#options.deadlineMs)) this.#refuse(entry);
      this.#tellIdle();
      this.#sweepIn(this.#options.deadlineMs / 4);
    }, ms).unref();
  }
}

function answer<O>(batch: readonly Pick<Entry<unknown, O>, 'resolve' | 'reject'>[], answers: readonly (O | Failed)[]): void {
  for (const [at, { resolve, reject }] of batch.entries()) {
    const answer = answers[at];
    if (answer instanceof Failed) reject(answer.error);
    else resolve(answer as O); // as many answers as items
  }
}

/** One answer for each item of a batch; where an item may be to blame for a failure, the batch is halved until it is alone. */
async function answersOf<I, O>(options: BatcherOptions<I, O>, batch: readonly Entry<I, O>[]): Promise<readonly (O | Failed)[]> {
  const { name, run, blames = () => true } = options;
  try {
    const answers = await run(batch.map(({ item }) => item));
    if (answers.length !== batch.length) throw new Error(`${name}: ${answers.length} answers to ${batch.length} items`);
    return answers;
  } catch (error) {
    if (batch.length === 1 || !blames(error)) return batch.map(() => new Failed(error));
    const half = batch.slice(0, batch.length >> 1);
    const answers = await answersOf(options, half);
    answer(half, answers); // nobody waits for a half that is not theirs; a second answer is none
    return [...answers, ...(await answersOf(options, batch.slice(half.length)))];
  }
}

const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

function metricsOf(batch: string, metrics: Metrics | undefined, waiting: () => number) {
  const size = metrics?.histogram('boxoffice_batch_size', 'Items per batch.', ['batch'], sizes);
  const wait = metrics?.histogram('boxoffice_batch_wait_seconds', 'How long the first item of a batch waited for it.', ['batch']);
  const seconds = metrics?.histogram('boxoffice_batch_seconds', 'From the start of a batch until its answers are there.', ['batch']);
  const refused = metrics?.counter('boxoffice_batch_refused_total', 'Items refused because too many waited, or for too long.', ['batch']);
  metrics?.gauge('boxoffice_batch_waiting', 'Items waiting for a batch.', ['batch'], (gauge) => gauge.set({ batch }, waiting()));
  return {
    started: (entries: readonly { since: number }[]) => {
      size?.observe({ batch }, entries.length);
      if (entries[0]) wait?.observe({ batch }, (performance.now() - entries[0].since) / 1000);
    },
    ended: (startedAt: number) => seconds?.observe({ batch }, (performance.now() - startedAt) / 1000),
    refused: () => refused?.inc({ batch }),
  };
}
