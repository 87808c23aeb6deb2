/** A message on its way: the envelope as JSON text, and the key whose order matters. */
export interface TransportMessage {
  topic: string;
  key: string;
  value: string;
  headers?: Record<string, string>;
}

/** A message that arrived. */
export type Delivery = Required<TransportMessage>;

export interface SubscribeOptions {
  /** Every message goes to one member of each group. */
  group: string;
  topics: readonly string[];
  /** Resolved: done with it. Rejected: not done, deliver again; nothing of the same key comes in between. */
  onMessage: (message: Delivery) => Promise<void>;
}

/** Listening that can end: resolves when no message is being handled any more. */
export interface Subscription {
  stop(): Promise<void>;
}

/** What carries messages between services. Delivers at least once, in order per topic and key. */
export interface Transport {
  /** Resolves when every message is safe; rejects when that is unknown for any of them. The same messages may then be published again. */
  publish(messages: readonly TransportMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Says before anything is published that this group will listen; for transports that do not keep messages for those who come later. */
  expect?(group: string, topics: readonly string[]): void;
  close(): Promise<void>;
}
