/** Loaded before a service, by NODE_OPTIONS: its clock is CLOCK_SKEW_MS wrong. The machine's and the database's are not. */
const skew = Number(process.env.CLOCK_SKEW_MS ?? 0);
const Real = Date;
class Skewed extends Real {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(Real.now() + skew);
    else super(given[0]);
  }
  static override now(): number {
    return Real.now() + skew;
  }
}
globalThis.Date = Skewed as DateConstructor; // called as a function it is used nowhere
