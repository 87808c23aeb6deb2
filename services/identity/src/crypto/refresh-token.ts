import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Id } from '@boxoffice/contracts';

/** A refresh token as the client keeps it, and as we do. */
export type NewRefreshToken = { token: string; hash: Buffer };
/** A refresh token that was presented. */
export type PresentedToken = { sessionId: string; hash: Buffer };

const secretBytes = 32;
// 256 random bits need no slow hash: there is nothing to guess.
const hashOf = (secret: Buffer) => createHash('sha256').update(secret).digest();

/** A new secret for this session. */
export function newRefreshToken(sessionId: string): NewRefreshToken {
  const secret = randomBytes(secretBytes);
  return { token: `${sessionId}.${secret.toString('base64url')}`, hash: hashOf(secret) };
}

/** Undefined when the text cannot be one of ours. */
export function readRefreshToken(token: string): PresentedToken | undefined {
  const [sessionId = '', text = '', ...rest] = token.split('.');
  const secret = Buffer.from(text, 'base64url');
  if (rest.length > 0 || secret.length !== secretBytes || secret.toString('base64url') !== text || !Id.safeParse(sessionId).success) return undefined;
  return { sessionId: sessionId.toLowerCase(), hash: hashOf(secret) };
}

/** Compares in constant time. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
