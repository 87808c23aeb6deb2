import { createHmac } from 'node:crypto';
import { Refusal } from '@boxoffice/contracts';
import bcrypt from 'bcrypt';
import { createBoundedQueue } from './bounded-queue.ts';

/** Hashes passwords slowly, a few at a time. */
export interface Passwords {
  /** Refuses OVERLOADED when the queue is full. */
  hash(password: string): Promise<string>;
  /** Is this the password? Without a hash (no such account) it takes the same time and answers false. Refuses OVERLOADED. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Passwords waiting for their turn. */
  waiting(): number;
}

export type PasswordOptions = { pepper: string; cost: number; concurrency: number; queue: number };

/** A well-formed hash of nothing at this cost: comparing with it costs what a real comparison costs. */
const nobodysHash = (cost: number) => `${bcrypt.genSaltSync(cost)}${'.'.repeat(31)}`;

/**
 * HMAC-SHA-256 with the pepper, then bcrypt: every character counts (bcrypt alone reads 72 bytes and stops at NUL), and a stolen table
 * is useless without the pepper. NFKC first, so that the same password typed on another keyboard is the same.
 */
export function createPasswords({ pepper, cost, concurrency, queue }: PasswordOptions): Passwords {
  const key = Buffer.from(pepper, 'base64');
  const peppered = (password: string) => createHmac('sha256', key).update(password.normalize('NFKC'), 'utf8').digest('base64');
  const nobody = nobodysHash(cost);
  const turns = createBoundedQueue({ concurrency, queue, full: (retryAfterSeconds) => new Refusal('OVERLOADED', { retryAfterSeconds }) });
  return {
    hash: (password) => turns.run(() => bcrypt.hash(peppered(password), cost)),
    verify: async (password, hash) => {
      const same = await turns.run(() => bcrypt.compare(peppered(password), hash ?? nobody));
      return same && hash !== undefined;
    },
    waiting: turns.waiting,
  };
}
