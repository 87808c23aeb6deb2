import type { Actor, Caller, Service, ServiceName } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
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

/** For procedures of services that not every service may call. Throws FORBIDDEN to the others. */
export function onlyFrom({ actor }: Caller<Service>, ...names: ServiceName[]): void {
  if (!names.includes(actor.name)) throw new TRPCError({ code: 'FORBIDDEN', message: `Only ${names.join(' and ')} may do this.` });
}
