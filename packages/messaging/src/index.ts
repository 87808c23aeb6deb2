export { type ConsumerOptions, consumers } from './consumers.ts';
export { type Handler, on } from './handlers.ts';
export { inProcessHub } from './in-process.ts';
export { ensureTopics, type KafkaOptions, kafkaTransport } from './kafka.ts';
export { outbox } from './outbox.ts';
export { purgeJob } from './purge.ts';
export { type RelayOptions, relay } from './relay.ts';
export { messagingSchema } from './schema.ts';
export { type Delivery, deadLetterTopic, type Incoming, type Outgoing, type Subscriber, type Subscription, type Transport } from './transport.ts';
