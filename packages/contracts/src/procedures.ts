import { initTRPC, TRPCError } from '@trpc/server';
import type { z } from 'zod';
import type { Account, Actor, Caller, Service, User } from './caller.ts';
import { formatError, mayRefuse, type RefusalCode } from './refusals.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** Who may call a procedure; stated once, listed in one test. */
export type Audience = 'anyone' | 'user' | 'account' | 'service';
export type Meta = { audience?: Audience; openapi?: { method: Method; path: `/${string}`; summary?: string }; refusals?: RefusalCode[] };

/** The REST face of a procedure: rest('POST /events/{eventId}/reservations', 'Hold seats'). */
export function rest(route: `${Method} /${string}`, summary: string): Meta {
  const [method, path] = route.split(' ') as [Method, `/${string}`];
  return { openapi: { method, path, summary } };
}

/** What a service must provide for a procedure: it gets parsed input, and may return whatever the output schema reads. */
export type UseCase<I extends z.ZodType, O extends z.ZodType, A extends Actor = Actor> = (
  input: z.output<I>,
  caller: Caller<A>,
) => Promise<z.input<O>>;

/**
 * The same schema, for the calls of the minute that matters: tRPC reads by `parseAsync`, where zod leaves its compiled code and makes a promise for each
 * field – 7 to 9 µs of a hold, 4 to 6 this way. A schema that has to wait for something cannot be read so, and throws.
 */
export const inOneGo = <S extends z.ZodType>(schema: S): S =>
  Object.assign(schema, { parseAsync: async (value: unknown): Promise<z.output<S>> => schema.parse(value) });

function userOf(caller: Caller): Caller<User> {
  if (caller.actor.kind === 'anyone')
    throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Log in, or go on as a guest, and send the access token.' });
  if (caller.actor.kind !== 'user') throw new TRPCError({ code: 'FORBIDDEN', message: 'Only people may do this.' });
  return caller as Caller<User>;
}

function accountOf(caller: Caller): Caller<Account> {
  const user = userOf(caller);
  if (user.actor.guest) throw new TRPCError({ code: 'FORBIDDEN', message: 'A guest may not do this: register an account.' });
  return user as Caller<Account>;
}

function serviceOf(caller: Caller): Caller<Service> {
  if (caller.actor.kind === 'anyone') throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Only services of this installation may do this.' });
  if (caller.actor.kind !== 'service') throw new TRPCError({ code: 'FORBIDDEN', message: 'Only services of this installation may do this.' });
  return caller as Caller<Service>;
}

/** Procedures by who may call them, over a context that holds these services. */
export function proceduresOver<Services extends object>() {
  const t = initTRPC.context<{ caller: Caller } & Services>().meta<Meta>().create({ isDev: false, errorFormatter: formatError });
  return {
    router: t.router,
    /** The "no"s a procedure promises: typed for clients, listed for documents. */
    refuses: <C extends RefusalCode>(...codes: C[]) => t.procedure.meta({ refusals: codes }).errors(mayRefuse(...codes)),
    /** No token needed. */
    anyone: t.procedure.meta({ audience: 'anyone' }),
    /** An account or a guest. */
    user: t.procedure.meta({ audience: 'user' }).use<{ caller: Caller<User> }>(({ ctx, next }) => next({ ctx: { caller: userOf(ctx.caller) } })),
    /** An account: somebody with a password. */
    account: t.procedure
      .meta({ audience: 'account' })
      .use<{ caller: Caller<Account> }>(({ ctx, next }) => next({ ctx: { caller: accountOf(ctx.caller) } })),
    /** Another process of this installation. */
    service: t.procedure
      .meta({ audience: 'service' })
      .use<{ caller: Caller<Service> }>(({ ctx, next }) => next({ ctx: { caller: serviceOf(ctx.caller) } })),
  };
}
