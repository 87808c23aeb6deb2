/** Something that waits: since when (`performance.now()`, ms), and behind whom. */
export type Queued = { key: string | undefined; since: number };

/** First come, first served; but of the items of one key only the first stands in the queue, the others in a line behind it until it leaves. */
export class KeyedQueue<T extends Queued> {
  #ready: T[] = [];
  readonly #lines = new Map<string, T[]>();
  #waiting = 0;

  /** How many wait, in the queue and behind their keys. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How many could be taken now. */
  get ready(): number {
    return this.#ready.length;
  }

  /** Since when the next one waits. */
  get since(): number | undefined {
    return this.#ready[0]?.since;
  }

  add(item: T): void {
    this.#waiting += 1;
    const line = item.key === undefined ? undefined : this.#lines.get(item.key);
    if (line) return void line.push(item);
    if (item.key !== undefined) this.#lines.set(item.key, []);
    this.#ready.push(item);
  }

  /** The next items, at most `size`; each keeps its key until it `leave`s. */
  take(size: number): T[] {
    const items = this.#ready.splice(0, size);
    this.#waiting -= items.length;
    return items;
  }

  /** This item is done: the next one of its key may come. */
  leave({ key }: T): void {
    if (key === undefined) return;
    const next = this.#lines.get(key)?.shift();
    if (next) this.#ready.push(next);
    else this.#lines.delete(key);
  }

  /** Takes out, and answers, what has waited since before this time. */
  dropBefore(time: number): T[] {
    const late = ({ since }: T) => since <= time;
    const dropped: T[] = [];
    for (const [key, line] of this.#lines) {
      dropped.push(...line.filter(late));
      this.#lines.set(
        key,
        line.filter((item) => !late(item)),
      );
    }
    const ahead = this.#ready.filter(late);
    this.#ready = this.#ready.filter((item) => !late(item));
    for (const item of ahead) this.leave(item);
    this.#waiting -= dropped.length + ahead.length;
    return [...dropped, ...ahead];
  }
}
