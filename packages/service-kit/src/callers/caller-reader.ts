import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Actor, type Caller, Id, Role, type Service, type ServiceName, type User } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { z } from 'zod';
import { newId } from '../ids.ts';
import { BoundedMap } from './bounded-map.ts';
import { type ServiceKeys, serviceTokenLifeS } from './service-keys.ts';
import { claimsOf } from './tokens.ts';
import { type KeySetSource, type UserKeys, userKeys } from './user-keys.ts';

/** Reads who calls, from the headers of a request. */
export interface CallerReader {
  /** No token: anyone. Refuses a token with any fault with UNAUTHORIZED, a bad idempotency key with BAD_REQUEST. */
  read(headers: IncomingHttpHeaders): Promise<Caller>;
}

/** The issuer of users' tokens. */
export const userIssuer = 'boxoffice-identity';
/** The audience of users' tokens. */
export const userAudience = 'boxoffice';

const UserClaims = z.object({ sub: Id, guest: z.boolean(), sid: z.string().min(1), memberships: z.array(z.object({ org: Id, role: Role })).max(20) });
const ServiceClaims = z.object({ iat: z.number(), exp: z.number(), obo: Id.optional() });
const clockToleranceS = 5;
type Verified = { actor: User | Service; until: number; kid: string };

/** Callers of the service `audience`: users by identity's keys, services by the keys of this installation. Both only by EdDSA. */
export function createCallerReader({ audience, jwks, trusted }: { audience: ServiceName; jwks: KeySetSource; trusted: ServiceKeys }): CallerReader {
  const keys = userKeys(jwks);
  const verify = verifierOf({ audience, keys, trusted });
  // By hash, not by token: a heap dump must not hand out sessions. Uncached, one check costs about as much as ten of the calls it guards.
  const verified = new BoundedMap<Verified>(20_000); // the 10,000 customers of a sale's first minutes stay known

  const actorOf = async (authorization: string): Promise<Actor> => {
    const token = plainForm(authorization) ? authorization.slice(7) : tokenOf(authorization); // one key for one token, however it is written
    const digest = hash('sha256', token, 'base64');
    const earlier = verified.get(digest);
    const stillGood = earlier && earlier.until > Date.now() && (earlier.actor.kind === 'service' || keys.knows(earlier.kid));
    if (stillGood) return earlier.actor;
    verified.delete(digest);
    const fresh = await verify(tokenOf(authorization));
    verified.set(digest, fresh);
    return fresh.actor;
  };
  return {
    async read(headers) {
      const facts = factsOf(headers);
      return { ...facts, actor: facts.token === undefined ? anyone : await actorOf(facts.token) };
    },
  };
}

const anyone: Actor = { kind: 'anyone' };

/** Checks a token in full: whose it is, by its issuer, then by that issuer's keys alone. Throws UNAUTHORIZED. */
function verifierOf({
  audience,
  keys,
  trusted,
}: {
  audience: ServiceName;
  keys: UserKeys;
  trusted: ServiceKeys;
}): (token: string) => Promise<Verified> {
  const verify = async (token: string): Promise<Verified> => {
    try {
      const { kid } = decodeProtectedHeader(token);
      const issuer = decodeJwt(token).iss;
      if (!kid || !issuer) throw new Error('No kid or no iss.');
      return issuer === userIssuer ? await verifyUser(token, kid) : verifyServiceToken(token, { kid, issuer, audience, trusted });
    } catch (cause) {
      if (cause instanceof TRPCError) throw cause;
      throw unusable(cause);
    }
  };
  const verifyUser = async (token: string, kid: string): Promise<Verified> => {
    const key = await keys.find(kid);
    if (!key) throw new Error(`No key ${kid}.`);
    const payload = claimsOf(token, key, { ...rules, issuer: userIssuer, audience: userAudience });
    const { sub, guest, memberships } = UserClaims.parse(payload);
    const actor: User = { kind: 'user', userId: sub, guest, memberships: memberships.map(({ org, role }) => ({ organisationId: org, role })) };
    return { actor, until: expiryOf(payload), kid };
  };
  return verify;
}

/** A service's token, checked by the keys kept for that service. */
function verifyServiceToken(
  token: string,
  { kid, issuer, audience, trusted }: { kid: string; issuer: string; audience: ServiceName; trusted: ServiceKeys },
): Verified {
  const [name, candidates] = [...trusted].find(([service]) => service === kid && issuer === `service:${service}`) ?? [];
  if (!name || !candidates) throw new Error('Not one of our services.');
  for (const key of candidates) {
    try {
      const payload = claimsOf(token, key, { ...rules, issuer, audience });
      return { actor: serviceOf(name, payload), until: expiryOf(payload), kid };
    } catch (error) {
      if (key === candidates.at(-1)) throw error;
    }
  }
  throw new Error('No key fits.');
}

const rules = { clockTolerance: clockToleranceS, requiredClaims: ['iat', 'exp'] };
const expiryOf = ({ exp = 0 }: JWTPayload): number => (exp + clockToleranceS) * 1000;

function serviceOf(name: ServiceName, payload: JWTPayload): Service {
  const { iat, exp, obo } = ServiceClaims.parse(payload);
  if (exp - iat > serviceTokenLifeS) throw new Error('Lives too long.');
  if (iat > Date.now() / 1000 + clockToleranceS) throw new Error('From the future.');
  return obo === undefined ? { kind: 'service', name } : { kind: 'service', name, onBehalfOf: obo };
}

/** Says what to do, never what was wrong: that would help those who forge. The cause is for our own log. */
const unusable = (cause: unknown) =>
  new TRPCError({ code: 'UNAUTHORIZED', message: 'This access token cannot be used: refresh it or log in again.', cause });

const plainForm = (authorization: string): boolean => authorization.startsWith('Bearer ') && authorization[7] !== ' ';

function tokenOf(authorization: string): string {
  const token = /^Bearer +([\w.-]+)$/i.exec(authorization)?.[1];
  if (!token) throw unusable(new Error('Not a bearer token.'));
  return token;
}

const requestIdForm = /^[\w-]{8,64}$/;
const traceForm = /^[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
const keyForm = /^[\x21-\x7e]{1,128}$/;

/** The request id that came along, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const told = headers['x-request-id'];
  return typeof told === 'string' && requestIdForm.test(told) ? told : newId();
}

/** What travels beside the input. */
function factsOf(headers: IncomingHttpHeaders): Omit<Caller, 'actor'> {
  const { authorization, traceparent } = headers;
  const idempotencyKey = headers['idempotency-key'];
  if (idempotencyKey !== undefined && (typeof idempotencyKey !== 'string' || !keyForm.test(idempotencyKey))) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'The idempotency-key header takes 1 to 128 printable characters without spaces.' });
  }
  return {
    requestId: requestIdOf(headers),
    ...(authorization !== undefined && { token: authorization }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(typeof traceparent === 'string' && traceForm.test(traceparent) && { traceparent }),
  };
}
