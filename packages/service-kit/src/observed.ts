import { type Caller, Refusal, refusals } from '@boxoffice/contracts';
import { getTRPCErrorFromUnknown } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

const logged = new WeakSet<object>();
/** Was this error, or what caused it, logged by the use case already? */
export const isLogged = (error: Error): boolean => logged.has(error) || (error.cause instanceof Error && isLogged(error.cause));

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`);

/** Only ids: who calls, never what. */
function idsOf({ requestId, actor }: Caller): Record<string, unknown> {
  if (actor.kind === 'user') return { requestId, userId: actor.userId };
  if (actor.kind === 'service') return { requestId, service_caller: actor.name, ...(actor.onBehalfOf && { onBehalfOf: actor.onBehalfOf }) };
  return { requestId };
}

type Outcome = { outcome: 'ok' | 'refused' | 'failed'; code: string };

/** A "no" is an outcome, a 5xx that is not in the catalogue is a failure. Codes are bounded: a newer service's code counts as OTHER. */
function outcomeOf(thrown: unknown): Outcome {
  if (thrown instanceof Refusal) return { outcome: 'refused', code: thrown.refusal.code in refusals ? thrown.refusal.code : 'OTHER' };
  const error = getTRPCErrorFromUnknown(thrown);
  return { outcome: getHTTPStatusCodeFromError(error) >= 500 ? 'failed' : 'refused', code: error.code };
}

type UseCaseLike = (input: unknown, caller: Caller) => unknown;

/**
 * The same implementation, watched: for each call `boxoffice_use_case_seconds{api,use_case,outcome,code}` and one log line
 * with its duration. Input and output are never looked at.
 */
export function observed<T extends object>(namespace: string, implementation: T, { logger, metrics }: { logger: Logger; metrics: Metrics }): T {
  const seconds = metrics.histogram('boxoffice_use_case_seconds', 'Use cases by outcome: ok, refused (code: which "no"), failed.', [
    'api',
    'use_case',
    'outcome',
    'code',
  ]);
  const watch = (name: string, call: UseCaseLike): UseCaseLike => {
    const use_case = kebab(name);
    const done = (start: number, caller: Caller, { outcome, code }: Outcome, thrown?: unknown) => {
      const ms = performance.now() - start;
      seconds.observe({ api: namespace, use_case, outcome, code }, ms / 1000);
      if (outcome !== 'failed' && !logger.isLevelEnabled('info')) return;
      const facts = { ...idsOf(caller), api: namespace, use_case, outcome, ms: Math.round(ms * 100) / 100, ...(code && { code }) };
      if (outcome !== 'failed') return logger.info(facts, `${use_case} ${outcome}`);
      if (thrown instanceof Error) logged.add(thrown);
      logger.error({ ...facts, err: thrown }, `${use_case} failed`);
    };
    return async (input, caller) => {
      const start = performance.now();
      try {
        const answer = await call.call(implementation, input, caller);
        done(start, caller, { outcome: 'ok', code: '' });
        return answer;
      } catch (thrown) {
        done(start, caller, outcomeOf(thrown), thrown);
        throw thrown;
      }
    };
  };
  const members = functionsOf(implementation).map(([name, call]) => [name, watch(name, call)]);
  return Object.fromEntries(members) as T; // the same names and, for use cases, the same signatures
}

/** Own and inherited functions, so that a class may implement a service too. */
function functionsOf(implementation: object): [string, UseCaseLike][] {
  const found = new Map<string, UseCaseLike>();
  for (let level = implementation; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && name !== 'constructor' && !found.has(name)) found.set(name, value);
    }
  }
  return [...found];
}
