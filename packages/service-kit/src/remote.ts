import { type Caller, Refusal, type RefusalCode, type ServiceName } from '@boxoffice/contracts';
import { createTRPCUntypedClient, httpLink, TRPCClientError } from '@trpc/client';
import { type AnyTRPCRouter, TRPCError } from '@trpc/server';
import { z } from 'zod';
import { travelling, userBehind } from './callers/as-service.ts';
import type { ServiceIdentity } from './callers/service-keys.ts';

export type RemoteOptions = {
  /** Call as this service, for the user behind the caller; without it the caller's own token is passed on. */
  as?: ServiceIdentity;
  /** The service that answers; without it the one named like the namespace. */
  audience?: ServiceName;
  /** How long an answer may take; 5 s. */
  deadlineMs?: number;
};

/**
 * A service in another process behind the interface it has here. `router` is the service's own (bookingRouter), `url` where its process
 * answers (http://booking:8001). Its refusals are thrown as they were said, even those our catalogue does not know yet.
 * Refuses with SERVICE_UNAVAILABLE when there is no answer in time; nothing is asked twice.
 */
export function remote<S extends object>(namespace: string, router: AnyTRPCRouter, url: string, options: RemoteOptions = {}): S {
  const { as, deadlineMs = 5_000 } = options;
  const audience = options.audience ?? ownerOf(namespace);
  const credentials = async (caller: Caller): Promise<Record<string, string>> => {
    const authorization = as ? `Bearer ${await as.tokenFor(audience, userBehind(caller.actor))}` : caller.token;
    return { ...travelling(caller), ...(authorization && { authorization }) };
  };
  const client = createTRPCUntypedClient({
    // The context is the one given below with each call.
    links: [httpLink({ url: addressOf(url), headers: ({ op }) => credentials(op.context.caller as Caller) })],
  });
  const method = (name: string, type: 'query' | 'mutation') => async (input: unknown, caller: Caller) => {
    try {
      return await client[type](`${namespace}.${name}`, input, { context: { caller }, signal: AbortSignal.timeout(deadlineMs) });
    } catch (cause) {
      throw asTold(cause, namespace, as !== undefined);
    }
  };
  const stream = (name: string) => () => {
    throw new Error(`${namespace}.${name} is a stream: forward it, do not serve it again.`);
  };
  // tRPC's own record of procedures: each with the type it was declared with.
  const procedures = router._def.procedures as Record<string, { _def: { type: 'query' | 'mutation' | 'subscription' } }>;
  const methods = Object.entries(procedures).map(([name, { _def }]) => [name, _def.type === 'subscription' ? stream(name) : method(name, _def.type)]);
  return Object.fromEntries(methods) as S; // the router's procedures are the interface's methods: contracts' type test holds them together
}

const addressOf = (url: string): string => `${url.replace(/\/+$/, '').replace(/\/trpc$/, '')}/trpc`;
// Namespaces are named like the process that answers them, but for one.
const ownerOf = (namespace: string): ServiceName => (namespace === 'analytics' ? 'notification-analytics' : namespace) as ServiceName;

const Told = z.object({
  code: z.string(),
  refusal: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()) }).optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** The other's "no" as our own "no"; its bug or its silence as ours to report. */
function asTold(cause: unknown, namespace: string, asService: boolean): Error {
  if (!(cause instanceof TRPCClientError)) return cause instanceof Error ? cause : new Error(String(cause));
  const told = Told.safeParse(cause.data).data;
  if (!told) return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: `The ${namespace} service does not answer.`, cause });
  const code = told.code as TRPCError['code']; // said by a tRPC server
  if (told.refusal) return rebuiltRefusal({ ...told.refusal, status: code, message: cause.message });
  // Our service token was turned down: that is between the services, and must not tell the customer to log in again.
  if (asService && (code === 'UNAUTHORIZED' || code === 'FORBIDDEN'))
    return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: `The ${namespace} service refuses us.`, cause });
  if (told.issues) {
    const issues = told.issues.map(({ path, message }) => ({ code: 'custom' as const, path: path.split('.'), message, input: undefined }));
    return new TRPCError({ code, message: cause.message, cause: new z.ZodRealError(issues) });
  }
  return new TRPCError({ code, message: cause.message });
}

/** A refusal that came over the wire, perhaps from a newer catalogue than ours. */
export function rebuiltRefusal({
  code,
  details,
  status,
  message,
}: {
  code: string;
  details: object;
  status: TRPCError['code'];
  message: string;
}): Refusal {
  // Code and details are passed on unread: only code that knows this refusal looks into it.
  return new Refusal(code as RefusalCode, details as never, { status, message });
}
