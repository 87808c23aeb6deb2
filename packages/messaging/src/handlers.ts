import { Envelope, type MessageType } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

/** What a group does about one kind of message. */
export interface Handler {
  readonly topic: string;
  readonly version: number;
  /** Checks the payload (throws what is wrong with it) and answers what is to be done in the transaction. */
  prepare(envelope: Envelope): (tx: Tx) => Promise<void>;
}

/** Says what to do about a kind of message. `handle` runs in the transaction that remembers the message, once per message; a throw undoes both and tries again. */
export function on<P extends z.ZodType>(type: MessageType<P>, handle: (tx: Tx, fact: z.output<P>, envelope: Envelope) => Promise<void>): Handler {
  return {
    topic: type.topic,
    version: type.version,
    prepare(envelope) {
      const fact = type.payload.parse(envelope.payload);
      return (tx) => handle(tx, fact, envelope);
    },
  };
}

/** A message no retry can help: not our format, of a version we do not know, or breaking its schema. */
export class PoisonMessage extends Error {
  override readonly name = 'PoisonMessage';
}

/** Reads a message's text and finds what is to be done about it; throws PoisonMessage. */
export function prepare(handlers: readonly Handler[], topic: string, text: string): { envelope: Envelope; apply: (tx: Tx) => Promise<void> } {
  try {
    const envelope = Envelope.parse(JSON.parse(text));
    if (envelope.type !== topic) throw new Error(`a message of type ${envelope.type} in topic ${topic}`);
    const handler = handlers.find((known) => known.topic === topic && known.version === envelope.version);
    if (handler === undefined) throw new Error(`${topic} version ${envelope.version} is unknown here`);
    return { envelope, apply: handler.prepare(envelope) };
  } catch (error) {
    throw new PoisonMessage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
