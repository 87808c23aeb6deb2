import type { Caller, Service, ServiceName } from '@boxoffice/contracts';
import { create, type DescMethodUnary, type DescService, type Message } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { travelling } from '../callers/as-service.ts';
import type { ServiceIdentity } from '../callers/service-keys.ts';
import { definitionOf, type Init, methodsOf } from './definition.ts';
import { errorOf } from './status.ts';
import type { GrpcClient } from './types.ts';

export type GrpcClientOptions = {
  /** host:port */
  address: string;
  /** Who we are to the other side. */
  as: ServiceIdentity;
  audience: ServiceName;
  /** How long an answer may take; 3000. */
  deadlineMs?: number;
};

const channelOptions = {
  // A callee that restarts is found again within a second, not after grpc's two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // A name may stand for several replicas; by default all calls go to the first.
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/**
 * A gRPC service in another process; connects at the first call and again whenever the connection is lost.
 * Throws the other side's refusals as they were said, UnknownOutcome when no answer came. Nothing is asked twice.
 */
export function grpcClient<D extends DescService>(
  service: D,
  { address, as, audience, deadlineMs = 3_000 }: GrpcClientOptions,
): GrpcClient<D> & { close(): void } {
  const channel = new Client(address, credentials.createInsecure(), channelOptions);
  const call = async (method: DescMethodUnary, request: Init, caller: Caller<Service>): Promise<Message> => {
    const metadata = metadataOf({ ...travelling(caller), authorization: `Bearer ${await as.tokenFor(audience, caller.actor.onBehalfOf)}` });
    const { path, requestSerialize, responseDeserialize } = definitionOf(service, method);
    const message = create(method.input, request);
    return new Promise((resolve, reject) => {
      channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => {
          if (answer && !error) return resolve(answer);
          const silence = { code: status.UNKNOWN, details: 'no answer', metadata: new Metadata(), name: 'Error', message: 'no answer' };
          reject(errorOf(`${audience} ${method.localName}`, error ?? silence));
        },
      );
    });
  };
  const methods = methodsOf(service).map(([name, method]) => [name, (request: Init, caller: Caller<Service>) => call(method, request, caller)]);
  // One function per method of the descriptor, which is where GrpcClient<D> has its names and shapes from.
  return { ...(Object.fromEntries(methods) as GrpcClient<D>), close: () => channel.close() };
}

function metadataOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
