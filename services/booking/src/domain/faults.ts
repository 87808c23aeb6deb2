import { Refusal } from '@boxoffice/contracts';

/** One thing that is wrong in what was sent: where (a JSON path, '' is the whole) and what. */
export type Fault = { path: string; message: string };

/** A person mends a file in rounds; fifty faults are enough for one. */
export const maxFaults = 50;

/** The file as a whole cannot be read. */
export const planFault = (message: string): Refusal => new Refusal('SEATING_PLAN_INVALID', { faults: [{ path: '', message }] });

/** Collects the faults of a seating plan and throws SEATING_PLAN_INVALID with all of them, at the latest at the fiftieth. */
export class PlanFaults {
  readonly #found: Fault[] = [];

  add(path: string, message: string): undefined {
    this.#found.push({ path, message });
    if (this.#found.length >= maxFaults) this.throwIfAny();
    return undefined;
  }

  throwIfAny(): void {
    if (this.#found.length > 0) throw this.refusal();
  }

  refusal(): Refusal {
    return new Refusal('SEATING_PLAN_INVALID', { faults: this.#found });
  }

  /** A JSON object, or undefined and a fault. */
  object(value: unknown, path: string): Readonly<Record<string, unknown>> | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>; // JSON: every key is text
    return this.add(path, value === undefined ? 'is missing: an object is wanted' : 'must be an object');
  }

  /** A JSON array, or undefined and a fault. */
  array(value: unknown, path: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value;
    return this.add(path, value === undefined ? 'is missing: an array is wanted' : 'must be an array');
  }

  /** One line of text as people read it: trimmed, in Unicode's composed form, 1 to `max` UTF-16 units, nothing invisible that moves or breaks it. */
  text(value: unknown, path: string, max: number): string | undefined {
    if (typeof value !== 'string') return this.add(path, value === undefined ? 'is missing: text is wanted' : 'must be text');
    if (value.length > max * 4) return this.add(path, `must be at most ${max} characters`); // before any work on it
    const text = value.trim().normalize('NFC');
    if (text === '') return this.add(path, 'must not be empty');
    if (text.length > max) return this.add(path, `must be at most ${max} characters`);
    if (unprintable.test(text) || !text.isWellFormed()) return this.add(path, 'must not hold control characters');
    return text;
  }

  /** A finite number from -max to max. */
  number(value: unknown, path: string, max: number): number | undefined {
    if (typeof value !== 'number') return this.add(path, value === undefined ? 'is missing: a number is wanted' : 'must be a number');
    return Math.abs(value) <= max ? value : this.add(path, `must be between -${max} and ${max}`);
  }
}

/** Control characters, line and paragraph separators, and the marks that turn the direction of what follows. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
