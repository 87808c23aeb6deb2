/** Reproducible chance: the same seed gives the same numbers (mulberry32). */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** One of these; throws when there are none. */
  oneOf<T>(things: readonly T[]): T;
  /** True with this probability. */
  is(probability: number): boolean;
  /** A chance of its own, so that what one part of a run draws does not change what another gets. */
  fork(name: string): Chance;
}

/** Chance from a seed. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    oneOf(things) {
      if (things.length === 0) throw new Error('nothing to choose from');
      return things[between(0, things.length - 1)] as (typeof things)[number]; // between keeps to the list
    },
    is: (probability) => next() < probability,
    fork: (name) => chanceOf([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5)),
  };
}
