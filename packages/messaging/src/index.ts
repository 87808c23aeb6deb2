export { type ConsumersOptions, consumers, type RetryOptions } from './consumers.ts';
export { replayDeadLetters } from './dead-letters.ts';
export { type Handler, on } from './handlers.ts';
export { type InProcessHub, inProcessHub } from './in-process.ts';
export { type EnsureTopicsOptions, ensureTopics, type KafkaOptions, kafkaTransport } from './kafka.ts';
export { type OutboxOptions, outbox } from './outbox.ts';
export { type RelayOptions, relay } from './relay.ts';
export { messagingSchema } from './schema.ts';
export type { Delivery, SubscribeOptions, Subscription, Transport, TransportMessage } from './transport.ts';
