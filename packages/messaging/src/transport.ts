/** A message on its way: the envelope as JSON text, and the key whose order is kept. */
export interface Outgoing {
  topic: string;
  key: string;
  value: string;
  headers?: Record<string, string>;
}

/** A message as it comes in. */
export interface Incoming {
  topic: string;
  key: string;
  value: string;
}

/** What a subscriber is told beside its messages. */
export interface Delivery {
  /** Tells the broker that long work is going on. */
  heartbeat(): Promise<void>;
  /** Aborted when the subscriber stops: give up waiting, the messages come again. */
  stopping: AbortSignal;
}

export interface Subscriber {
  group: string;
  topics: string[];
  /** One message or some of one partition, in their order; resolves when all are dealt with. When it throws, all of them come again. */
  onMessages: (messages: readonly Incoming[], delivery: Delivery) => Promise<void>;
}

export interface Subscription {
  /** Finishes the messages under way; nothing is handed over afterwards. */
  stop(): Promise<void>;
}

/** How messages get from a relay to consumers: at least once, in order per key. */
export interface Transport {
  /** Resolves when every message is safe with the broker; in process, when every subscribed group has dealt with it. */
  publish(messages: readonly Outgoing[]): Promise<void>;
  subscribe(subscriber: Subscriber): Promise<Subscription>;
  close(): Promise<void>;
}

/** Where messages go that a group cannot deal with. */
export const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}.dlt`;
