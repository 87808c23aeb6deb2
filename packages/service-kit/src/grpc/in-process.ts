import { type Caller, Refusal, type Service } from '@boxoffice/contracts';
import { create, type DescService } from '@bufbuild/protobuf';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { type Init, looselyTyped, methodsOf } from './definition.ts';
import { type GrpcClient, type GrpcImplementation, UnknownOutcome } from './types.ts';

/** The same client without a network, for a service in this process: the same messages, refusals and unknown outcomes. */
export function inProcessGrpc<D extends DescService>(service: D, implementation: GrpcImplementation<D>): GrpcClient<D> {
  const api = looselyTyped(implementation);
  const methods = methodsOf(service).map(([name, method]) => [
    name,
    async (request: Init, caller: Caller<Service>) => {
      try {
        return create(method.output, await api[name]?.(create(method.input, request), caller));
      } catch (error) {
        throw asOverTheWire(`${service.name} ${name}`, error);
      }
    },
  ]);
  return Object.fromEntries(methods) as GrpcClient<D>; // one function per method of the descriptor
}

function asOverTheWire(name: string, error: unknown): Error {
  if (error instanceof Refusal) return error;
  const turnedDown = error instanceof TRPCError && getHTTPStatusCodeFromError(error) < 500;
  return turnedDown ? new Error(`${name}: ${error.message}`, { cause: error }) : new UnknownOutcome(`${name}: failed`, { cause: error });
}
