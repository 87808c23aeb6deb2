import type { Guarded } from './guards.ts';
import type { World } from './world.ts';

type Lock = { reservationId: string; until: number };
export type LockAnswer = 'ours' | 'unknown' | 'taken';

/** Seat locks as in Redis: each command is one step of its own, may be flushed away at any time, and judges nothing. */
export class Redis {
  flushes = 0;
  readonly locks = new Map<string, Lock>();
  /** Reservations that took their locks; their repetitions are never turned away here. */
  readonly #known = new Set<string>();
  readonly #world: World;
  readonly #guarded: Guarded;

  constructor(world: World, guarded: Guarded) {
    this.#world = world;
    this.#guarded = guarded;
  }

  holder(seatId: string): string | undefined {
    const lock = this.locks.get(seatId);
    return lock && lock.until > this.#world.now ? lock.reservationId : undefined;
  }

  /** All or none; the same reservation again is answered as before, and its first time stays. */
  acquire(reservationId: string, seatIds: readonly string[], ttlMs: number): LockAnswer {
    const isTaken = seatIds.some((id) => (this.holder(id) ?? reservationId) !== reservationId);
    if (isTaken) return this.#known.has(reservationId) ? 'unknown' : 'taken';
    for (const id of seatIds) if (this.holder(id) === undefined) this.locks.set(id, { reservationId, until: this.#world.now + ttlMs });
    this.#known.add(reservationId);
    return 'ours';
  }

  release(reservationId: string, seatIds: readonly string[]): void {
    for (const id of seatIds) {
      const mayDelete = !this.#guarded('compare-and-delete') || this.locks.get(id)?.reservationId === reservationId;
      if (!mayDelete) continue;
      const holder = this.holder(id);
      if (holder !== undefined && holder !== reservationId)
        this.#world.complaints.push(`shield: ${reservationId} took ${holder}'s lock of seat ${id} away`);
      this.locks.delete(id);
    }
  }

  flush(): void {
    this.flushes += 1;
    this.#world.note('redis: flushed');
    this.locks.clear();
    this.#known.clear();
  }
}
