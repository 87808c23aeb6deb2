import type { KeyObject } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { ed25519 } from './tokens.ts';

/** Gives the public keys of access tokens (RFC 7517 key set). */
export type KeySetSource = () => Promise<{ keys: readonly object[] }>;

const Jwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string().min(1) });
const refreshEveryMs = 5 * 60_000;
const coolDownMs = 5_000;
/** After a failed fetch: short, so that a process that starts before identity is soon of use. */
const retryAfterMs = 1_000;

/** The keys users' tokens are signed with: fetched when first needed, every five minutes, and – not more often than every 5 s – for an unknown key id. */
export function userKeys(source: KeySetSource, now: () => number = Date.now) {
  let keys = new Map<string, KeyObject>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const fetch = async () => {
    try {
      const { keys: jwks } = await source();
      const read = jwks.flatMap((jwk) => Jwk.safeParse(jwk).data ?? []); // other kinds of keys are not for us
      keys = new Map(read.map((jwk) => [jwk.kid, ed25519(jwk)]));
      fetchedAt = now();
      failedAt = Number.NEGATIVE_INFINITY;
    } catch {
      failedAt = now();
    } finally {
      running = undefined;
    }
  };
  const refresh = () => {
    running ??= fetch();
    return running;
  };
  return {
    /** Is this still one of the keys? */
    knows: (kid: string): boolean => keys.has(kid),
    /** The key of this id; undefined when there is none. Refuses with SERVICE_UNAVAILABLE while the keys cannot be fetched: the token may be good. */
    async find(kid: string): Promise<KeyObject | undefined> {
      const mayRetry = now() - failedAt >= retryAfterMs;
      const known = keys.get(kid);
      if (known) {
        // In the background: identity being away ends no session.
        if (now() - fetchedAt >= refreshEveryMs && mayRetry) void refresh();
        return known;
      }
      if (running || (now() - fetchedAt >= coolDownMs && mayRetry)) await refresh();
      if (failedAt > fetchedAt && !keys.has(kid)) {
        throw new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'Access tokens cannot be checked right now: try again in a moment.' });
      }
      return keys.get(kid);
    },
  };
}

/** Fetches the key set of the identity service at this address; gives up after 2 s. */
export const jwksOf = (identityUrl: string): KeySetSource => {
  const url = `${identityUrl.replace(/\/+$/, '')}/trpc/identity.jwks?input=%7B%7D`;
  const Answer = z.object({ result: z.object({ data: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) }) });
  return async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return Answer.parse(await answer.json()).result.data;
  };
};

export type UserKeys = ReturnType<typeof userKeys>;
