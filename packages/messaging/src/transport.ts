/** A message on its way: the envelope as JSON text, and the key whose order is kept. */
export interface Outgoing {
  topic: string;
  key: string;
  value: string;
  headers?: Record<string, string>;
}

/** A message as it comes in. `heartbeat` tells the broker that long work is going on. */
export interface Incoming {
  topic: string;
  key: string;
  value: string;
  heartbeat(): Promise<void>;
  /** Aborted when the subscriber stops: give up waiting, the message comes again. */
  stopping: AbortSignal;
}

export interface Subscription {
  /** Finishes the message under way; nothing is handed over afterwards. */
  stop(): Promise<void>;
}

/** How messages get from a relay to consumers: at least once, in order per key. */
export interface Transport {
  /** Resolves when every message is safe with the broker; in process, when every subscribed group has dealt with it. */
  publish(messages: readonly Outgoing[]): Promise<void>;
  /** Hands each message to `onMessage`, which resolves when it is dealt with; a message it throws on comes again. */
  subscribe(subscriber: { group: string; topics: string[]; onMessage: (message: Incoming) => Promise<void> }): Promise<Subscription>;
  close(): Promise<void>;
}

/** Where messages go that a group cannot deal with. */
export const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}.dlt`;
