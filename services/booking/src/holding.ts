import { type Caller, Refusal, type User } from '@boxoffice/contracts';
import { derivedId, newId } from '@boxoffice/service-kit';
import type { SeatLocks, WantedBy } from './persistence/seat-locks.ts';

/** The reservation a call makes: an idempotency key names it, so that a repetition is the same one; without a key each call makes another. */
export const reservationIdOf = (procedure: string, { actor, idempotencyKey }: Caller<User>): string =>
  idempotencyKey === undefined ? newId() : derivedId(actor.userId, `${procedure} ${idempotencyKey}`);

/** Counts a try of a customer who names no seats with his others of this event. Refuses RATE_LIMITED. */
export async function refuseTooOften(locks: SeatLocks, { ttlMs, ...hold }: Omit<WantedBy, 'seatIds'> & { ttlMs: number }): Promise<void> {
  const answer = await locks.acquire({ ...hold, seatIds: [] }, ttlMs);
  if (typeof answer === 'object' && 'waitMs' in answer) throw rateLimited(answer.waitMs);
}

/** The refusal of a customer who tries too often; `waitMs` until he may again. */
export const rateLimited = (waitMs: number): Refusal => new Refusal('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
