import type { Consumer } from './consumers.ts';
import { type Place, park } from './parked.sql.ts';
import { deadLetterTopic, type Transport } from './transport.ts';

type Dead = { value: string; error: string; attempts: number };

/** Buries a message: kept in the table for a person, told on the dead-letter topic for everybody else. */
export async function bury({ db, transport, logger }: Consumer, place: Place, dead: Dead): Promise<void> {
  logger.error({ ...place, error: dead.error, attempts: dead.attempts }, 'message is dead');
  await tellDead(transport, place, dead); // first: it may have to be tried again, and the row is there once
  await park(db, place, { ...dead, dead: true, waitMs: 0 });
}

/** Tells it on `<topic>.<group>.dlt`, with where it comes from, why and after how many attempts. */
export const tellDead = (transport: Transport, { group, topic, key }: Place, { value, error, attempts }: Dead): Promise<void> =>
  transport.publish([
    {
      topic: deadLetterTopic(topic, group),
      key,
      value,
      headers: { 'x-origin-topic': topic, 'x-group': group, 'x-error': error, 'x-attempts': String(attempts) },
    },
  ]);
