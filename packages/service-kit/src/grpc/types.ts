import type { Caller, Service } from '@boxoffice/contracts';
import type { DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';

/** A gRPC service as its callers see it. */
export type GrpcClient<D extends DescService> = {
  [M in keyof D['method']]: (
    request: MessageInitShape<D['method'][M]['input']>,
    caller: Caller<Service>,
  ) => Promise<MessageShape<D['method'][M]['output']>>;
};

/** A gRPC service as it is implemented: each method gets a whole request and the service that calls. */
export type GrpcImplementation<D extends DescService> = {
  [M in keyof D['method']]: (
    request: MessageShape<D['method'][M]['input']>,
    caller: Caller<Service>,
  ) => Promise<MessageInitShape<D['method'][M]['output']>>;
};

/** Sent, and no answer: neither yes nor no. Ask again with the same key; never guess. */
export class UnknownOutcome extends Error {
  override name = 'UnknownOutcome';
}
