/**
 * A map that forgets when it is full: it keeps at least the half of `limit` that was used last. Two generations, of which the older one is dropped
 * when the younger one is full: what is young costs one look, where strict order would rewrite the map at each (a sixtieth of a refusal).
 */
export class BoundedMap<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  readonly #half: number;
  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2);
  }
  get size(): number {
    return this.#young.size + this.#old.size;
  }
  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const value = this.#old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
  set(key: string, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
