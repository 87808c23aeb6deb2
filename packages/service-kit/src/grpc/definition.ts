import type { Caller, Service } from '@boxoffice/contracts';
import { type DescMethod, type DescMethodUnary, type DescService, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import type { GrpcImplementation } from './types.ts';

/** A message's fields, as `create` takes them. */
export type Init = Record<string, unknown>;

/** A method without its own message types. */
export type LooseMethod = (request: Message, caller: Caller<Service>) => Promise<Init>;

/** The methods of an implementation, looked up by name. Its types say more than can be used when only the descriptor is known. */
export const looselyTyped = <D extends DescService>(implementation: GrpcImplementation<D>) =>
  implementation as unknown as Record<string, LooseMethod>;

/** The unary methods of a service by the names they have in code. Throws for streams: nothing here needs them. */
export function methodsOf(service: DescService): [string, DescMethodUnary][] {
  return service.methods.map((method): [string, DescMethodUnary] => {
    if (!isUnary(method)) throw new Error(`${service.typeName}.${method.name} is a stream, which is not served here.`);
    return [method.localName, method];
  });
}

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary';

/** What grpc-js needs to know of a method. */
export function definitionOf(service: DescService, method: DescMethodUnary): MethodDefinition<Message, Message> {
  return {
    path: `/${service.typeName}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message) => Buffer.from(toBinary(method.input, message)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(method.output, message)),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
    originalName: method.localName,
  };
}
