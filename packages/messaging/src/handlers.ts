import { Envelope, type MessageType } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

/** What a service does about one kind of message. */
export interface Handler {
  topic: string;
  version: number;
  /** Checks the payload; throws a ZodError on one that is not what was promised. */
  read(payload: unknown): unknown;
  /** The effects of one message or some, in their order, in the transaction that also remembers them. */
  handle(tx: Tx, heard: readonly Heard[]): Promise<void>;
}

/** A message that came: its fact, and the envelope that says when and by which id. */
export type Heard<Fact = unknown> = { fact: Fact; envelope: Envelope };

/** Binds a message type to its effect, one message after the other: `on(PaymentRefunded, cancelRefundedTickets)`. */
export const on = <P extends z.ZodType>(type: MessageType<P>, handle: (tx: Tx, fact: z.output<P>, envelope: Envelope) => Promise<void>): Handler =>
  onAll(type, async (tx, heard) => {
    for (const { fact, envelope } of heard) await handle(tx, fact, envelope);
  });

/**
 * Binds a message type to an effect that takes all messages of a batch together: `onAll(PaymentConfirmed, issueTickets(deps))`. They are in order per key, and
 * none of them had its effect before; but two may tell the same fact, or facts of one key that follow each other: the outcome must be the one of taking them
 * one by one. Rows are locked in one order for all. It throws when any of them fails: they come again in halves, until one is alone with its failure.
 */
export const onAll = <P extends z.ZodType>(
  type: MessageType<P>,
  handleAll: (tx: Tx, heard: readonly Heard<z.output<P>>[]) => Promise<void>,
): Handler => ({
  topic: type.topic,
  version: type.version,
  read: (payload) => type.payload.parse(payload),
  handle: (tx, heard) => handleAll(tx, heard as readonly Heard<z.output<P>>[]), // `read` made them so
});

/** A message nobody here can read: trying again cannot help. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

export type Readable = Heard & { handler: Handler };

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
