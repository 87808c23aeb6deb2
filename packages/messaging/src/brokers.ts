import { z } from 'zod';

/** 'host:port, host:port' as a list. */
export const brokersIn = (text: string): string[] => text.split(',').map((broker) => broker.trim());

/** The setting KAFKA_BROKERS of a process that cannot do without. */
export const kafkaBrokers = z.string().min(1).transform(brokersIn).describe('Kafka brokers, host:port, separated by commas.');
