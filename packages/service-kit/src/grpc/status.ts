import { Refusal } from '@boxoffice/contracts';
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { rebuiltRefusal } from '../remote.ts';
import { UnknownOutcome } from './types.ts';

const refusalKey = 'boxoffice-refusal-bin';
const Told = z.object({ code: z.string(), details: z.record(z.string(), z.unknown()), status: z.string(), message: z.string() });

const statuses: Partial<Record<TRPCError['code'], status>> = {
  BAD_REQUEST: status.INVALID_ARGUMENT,
  UNAUTHORIZED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  NOT_FOUND: status.NOT_FOUND,
  CONFLICT: status.ABORTED,
  PRECONDITION_FAILED: status.FAILED_PRECONDITION,
  UNPROCESSABLE_CONTENT: status.FAILED_PRECONDITION,
  PAYMENT_REQUIRED: status.FAILED_PRECONDITION,
  PAYLOAD_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  TOO_MANY_REQUESTS: status.RESOURCE_EXHAUSTED,
  SERVICE_UNAVAILABLE: status.UNAVAILABLE,
  TIMEOUT: status.DEADLINE_EXCEEDED,
};

/** An error as gRPC says it: a refusal with all it carries, a bug without words. */
export function statusOf(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const metadata = new Metadata();
  if (error instanceof Refusal)
    metadata.set(refusalKey, Buffer.from(JSON.stringify({ ...error.refusal, status: error.code, message: error.message })));
  const code = error instanceof TRPCError ? (statuses[error.code] ?? status.INTERNAL) : status.INTERNAL;
  const details = code === status.INTERNAL || !(error instanceof TRPCError) ? 'Internal error.' : error.message;
  return { code, details, metadata };
}

/** Turned down before anything was done: nothing happened. */
const certain = new Set([
  status.INVALID_ARGUMENT,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.NOT_FOUND,
  status.UNIMPLEMENTED,
  status.FAILED_PRECONDITION,
  status.RESOURCE_EXHAUSTED,
  status.OUT_OF_RANGE,
]);

/**
 * What the other side said, as an error here: its refusal; a plain Error where our call was wrong; UnknownOutcome for all else – silence, a
 * lost connection, and a failure over there, which may have come after its commit.
 */
export function errorOf(name: string, error: ServiceError): Error {
  const [packed] = error.metadata?.get(refusalKey) ?? [];
  const told = packed instanceof Buffer ? readTold(packed) : undefined;
  if (told) return rebuiltRefusal({ ...told, status: told.status as TRPCError['code'] }); // said by statusOf
  const words = `${name}: ${status[error.code]} ${error.details}`;
  return certain.has(error.code) ? new Error(words, { cause: error }) : new UnknownOutcome(words, { cause: error });
}

function readTold(packed: Buffer): z.output<typeof Told> | undefined {
  try {
    return Told.parse(JSON.parse(packed.toString('utf8')));
  } catch {
    return undefined;
  }
}
