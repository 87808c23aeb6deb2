import type { Caller, Service } from '@boxoffice/contracts';
import { create, type DescMethodUnary, type DescService, type Message } from '@bufbuild/protobuf';
import { type handleUnaryCall, type Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import { TRPCError } from '@trpc/server';
import type { CallerReader } from '../callers/caller-reader.ts';
import { requireAudience } from '../http/audience.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { observed } from '../observed.ts';
import type { Worker } from '../run/part.ts';
import { definitionOf, type LooseMethod, looselyTyped, methodsOf } from './definition.ts';
import { statusOf } from './status.ts';
import type { GrpcImplementation } from './types.ts';

export type GrpcServerOptions<D extends DescService> = {
  service: D;
  implementation: GrpcImplementation<D>;
  /** 0 takes a free one. */
  port: number;
  host: string;
  callers: CallerReader;
  logger: Logger;
  metrics: Metrics;
  /** How long calls under way may take at shutdown; 5 s. */
  drainMs?: number;
};

/** Serves a gRPC service to other services of this installation; callers without a good service token are refused. */
export function grpcServer<D extends DescService>(options: GrpcServerOptions<D>): Worker & { port(): number } {
  const { service, callers, logger, host, drainMs = 5_000 } = options;
  const api = looselyTyped(observed(service.name, options.implementation, options));
  let bound = 0;
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024 });
  for (const [name, method] of methodsOf(service)) {
    const implementation = api[name];
    if (!implementation) throw new Error(`${service.typeName}.${name} is not implemented.`);
    server.addService({ [name]: definitionOf(service, method) }, { [name]: answering(method, implementation, callers) });
  }
  return {
    name: `grpc ${service.name}`,
    port: () => bound,
    start: () =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${options.port}`, ServerCredentials.createInsecure(), (error, port) => {
          if (error) return reject(error);
          bound = port;
          logger.info({ port, grpc: service.typeName }, 'gRPC listens');
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), drainMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

function answering(method: DescMethodUnary, implementation: LooseMethod, callers: CallerReader): handleUnaryCall<Message, Message> {
  const answer = async (request: Message, metadata: Metadata) => {
    const caller = await callers.read(headersOf(metadata));
    return create(method.output, await implementation(request, await serviceOf(caller)));
  };
  return (call, callback) => {
    answer(call.request, call.metadata).then(
      (message) => callback(null, message),
      (error: unknown) => callback(statusOf(error)),
    );
  };
}

const headersOf = (metadata: Metadata) => Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]));

async function serviceOf(caller: Caller): Promise<Caller<Service>> {
  await requireAudience('service', caller);
  if (caller.actor.kind === 'service') return { ...caller, actor: caller.actor };
  throw new TRPCError({ code: 'FORBIDDEN' }); // not reached: requireAudience has refused it
}
