import { isRefusal } from '@boxoffice/contracts';
import { UnknownOutcome } from '@boxoffice/service-kit';
import { type Chance, chanceOf } from '@boxoffice/testing/chance';

/** No answer: neither yes nor no. */
export class Lost extends Error {
  override name = 'Lost';
}

type Waiting = { life: Life; label: string; due: number; resume: () => void };

/** How often the weather strikes, as probabilities. */
export type Weather = { lost: number; replyLost: number; late: number; twice: number; commitUnanswered: number };
export const storm: Weather = { lost: 0.04, replyLost: 0.05, late: 0.06, twice: 0.04, commitUnanswered: 0.03 };
export const calm: Weather = { lost: 0, replyLost: 0, late: 0, twice: 0, commitUnanswered: 0 };

/**
 * A world in which nothing happens by itself: every step of every process waits here until chance picks it, and time stands still until it is told to pass.
 * The same seed is the same history. A step that waits while time passes is a process that was stopped.
 */
export class World {
  readonly chance: Chance;
  readonly trace: string[] = [];
  /** What nobody expected: bugs, and promises that were broken while it happened. */
  readonly complaints: string[] = [];
  weather = storm;
  /** Milliseconds; also the databases' clock. */
  now = 1_000_000;
  #waiting: Waiting[] = [];

  constructor(seed: number) {
    this.chance = chanceOf(seed);
  }

  note(what: string): void {
    this.trace.push(`${((this.now - 1_000_000) / 1000).toFixed(0).padStart(5)} s  ${what}`);
  }

  /** Resolves when chance picks it, not before `afterMs`; never, when the process has died meanwhile. */
  wait(life: Life, label: string, afterMs = 0): Promise<void> {
    return new Promise((resume) => {
      if (life.alive) this.#waiting.push({ life, label, due: this.now + afterMs, resume });
    });
  }

  /** Lets one ready step happen, with all that follows from it until everybody waits again. False when none is ready. */
  async step(): Promise<boolean> {
    const ready = this.#waiting.filter(({ due }) => due <= this.now);
    if (ready.length === 0) return false;
    const next = this.chance.oneOf(ready);
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.note(`${next.life.name}: ${next.label}`);
    next.resume();
    await new Promise(setImmediate); // all promises that follow are settled before this one
    return true;
  }

  /** Whatever waited of this life never goes on. */
  forget(life: Life): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.life !== life);
  }

  /** Nothing waits, now or later. */
  get isStill(): boolean {
    return this.#waiting.length === 0;
  }
}

/** A process from its start to its death. */
export class Life {
  alive = true;
  readonly #world: World;
  readonly name: string;
  readonly #atDeath = new Set<() => void>();

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  step(label: string): Promise<void> {
    return this.#world.wait(this, label);
  }

  sleep(ms: number): Promise<void> {
    return this.#world.wait(this, `wakes after ${ms / 1000} s`, ms);
  }

  /** Called when this life ends; answers how to take it back. */
  atDeath(hear: () => void): () => void {
    this.#atDeath.add(hear);
    return () => this.#atDeath.delete(hear);
  }

  end(): void {
    this.alive = false;
    this.#world.forget(this);
    for (const hear of this.#atDeath) hear();
  }
}

/** A process: one life after another. */
export class Process {
  readonly #world: World;
  readonly name: string;
  life: Life;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.life = new Life(world, name);
  }

  /** kill -9, and a start. */
  crash(): void {
    this.#world.note(`${this.name}: killed`);
    const before = this.life;
    this.life = new Life(this.#world, this.name);
    before.end();
  }

  /** Starts something nobody waits for, not before `afterMs`. What is lost in it is lost; anything else it throws is a bug. */
  start(label: string, work: (me: Life) => Promise<unknown>, afterMs = 0): void {
    const me = this.life;
    this.#world
      .wait(me, label, afterMs)
      .then(() => work(me))
      .catch((error: unknown) => this.#world.complaints.push(...bugIn(label, error)));
  }
}

/** Refusals and lost answers are part of life. */
export function bugIn(label: string, error: unknown): string[] {
  if (error instanceof Lost || error instanceof UnknownOutcome || isRefusal(error)) return [];
  return [`bug in ${label}: ${error instanceof Error ? error.message : String(error)}`];
}

/** Asks another process. The request or the answer may be lost, late or doubled; the other side may die. All that is heard of it then is `Lost`. */
export async function call<T>(world: World, from: Life, to: Process, [label, work]: [string, (there: Life) => Promise<T>]): Promise<T> {
  await from.step(`asks ${to.name} to ${label}`);
  const { lost, replyLost, late, twice } = world.weather;
  const fate = world.chance.next();
  if (fate < lost) throw new Lost(`${label}: the request`);
  if (fate < lost + late) {
    to.start(`${label} (late)`, work, world.chance.oneOf([0, 20_000, 90_000, 320_000, 900_000]));
    throw new Lost(`${label}: in time`);
  }
  if (fate < lost + late + twice) to.start(`${label} (again)`, work);
  const answer = await served(to.life, work);
  await from.step(`hears of ${label}`);
  if (fate > 1 - replyLost) throw new Lost(`${label}: the answer`);
  return answer;
}

function served<T>(there: Life, work: (there: Life) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const off = there.atDeath(() => reject(new Lost(`${there.name} died`)));
    work(there).then(resolve, reject).finally(off);
  });
}
