import { Envelope, type MessageType } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

/** What a service does about one kind of message. */
export interface Handler {
  topic: string;
  version: number;
  /** Checks the payload; throws a ZodError on one that is not what was promised. */
  read(payload: unknown): unknown;
  /** The effect, in the transaction that also remembers the message. */
  handle(tx: Tx, fact: unknown, envelope: Envelope): Promise<void>;
}

/** Binds a message type to its effect: `on(PaymentConfirmed, issueTickets(deps))`. */
export const on = <P extends z.ZodType>(type: MessageType<P>, handle: (tx: Tx, fact: z.output<P>, envelope: Envelope) => Promise<void>): Handler => ({
  topic: type.topic,
  version: type.version,
  read: (payload) => type.payload.parse(payload),
  handle: (tx, fact, envelope) => handle(tx, fact as z.output<P>, envelope), // `read` made it one
});

/** A message nobody here can read: trying again cannot help. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

export type Readable = { envelope: Envelope; fact: unknown; handler: Handler };

/** The envelope, its fact and who handles it. Throws Unreadable for no JSON, no envelope, an unknown type or version, or a payload that breaks its promise. */
export function readMessage(handlers: readonly Handler[], topic: string, value: string): Readable {
  const envelope = envelopeOf(value);
  const handler = handlers.find(
    (candidate) => candidate.topic === topic && candidate.topic === envelope.type && candidate.version === envelope.version,
  );
  if (!handler) throw new Unreadable(`nobody here reads ${envelope.type} version ${envelope.version} on ${topic}`);
  try {
    return { envelope, fact: handler.read(envelope.payload), handler };
  } catch (cause) {
    throw new Unreadable(`the payload of ${envelope.type} version ${envelope.version} is not what was promised`, { cause });
  }
}

function envelopeOf(value: string): Envelope {
  try {
    return Envelope.parse(JSON.parse(value));
  } catch (cause) {
    throw new Unreadable('not an envelope', { cause });
  }
}
