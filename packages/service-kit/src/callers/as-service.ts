import type { Actor, Caller, Service, ServiceName } from '@boxoffice/contracts';
import { newId } from '../ids.ts';

/** A call that this service makes by itself, or for the user behind it. */
export const asService = (name: ServiceName, onBehalfOf?: string): Caller<Service> => ({
  actor: onBehalfOf === undefined ? { kind: 'service', name } : { kind: 'service', name, onBehalfOf },
  requestId: newId(),
});

/** The user behind a caller, where there is one. */
export const userBehind = (actor: Actor): string | undefined =>
  actor.kind === 'user' ? actor.userId : actor.kind === 'service' ? actor.onBehalfOf : undefined;

/** What follows a call into the next process beside its token. */
export function travelling({ requestId, traceparent, idempotencyKey }: Caller): Record<string, string> {
  return { 'x-request-id': requestId, ...(traceparent && { traceparent }), ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) };
}
