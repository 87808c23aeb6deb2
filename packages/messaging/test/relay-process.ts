/** A relay in a process of its own that freezes itself (SIGSTOP) in the middle of a publish: node relay-process.ts DATABASE_URL BROKER LEASE_MS FREEZE_EVERY */
import { setImmediate } from 'node:timers/promises';
import { connect } from '@boxoffice/postgres';
import { createLogger, createMetrics } from '@boxoffice/service-kit';
import { kafkaTransport, relay, type Transport } from '../src/index.ts';

const [, , url = '', broker = '', leaseMs, freezeEvery] = process.argv;
const logger = createLogger({ service: 'booking', level: 'warn' });
const db = await connect({ url, entities: [], migrations: [] });
const kafka = kafkaTransport({ brokers: [broker], clientId: 'relay', logger });
let publishes = 0;

function freeze(): void {
  process.stdout.write('frozen\n');
  process.kill(process.pid, 'SIGSTOP');
}
/** By turns before the messages are given to Kafka, when they are on their way, and when they are there but not marked. */
const freezing: Transport = {
  ...kafka,
  publish: async (messages) => {
    publishes += 1;
    const moment = publishes % Number(freezeEvery) === 0 ? (publishes / Number(freezeEvery)) % 3 : undefined;
    if (moment === 0) freeze();
    const sending = kafka.publish(messages);
    await setImmediate();
    if (moment === 1) freeze();
    await sending;
    if (moment === 2) freeze();
  },
};
const own = relay({ db, transport: freezing, logger, metrics: createMetrics('booking'), leaseMs: Number(leaseMs) });
await own.start();
process.stdout.write('started\n');
process.once('SIGTERM', async () => {
  await own.stop();
  await kafka.close();
  await db.close();
  process.exit(0);
});
