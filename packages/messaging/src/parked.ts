import type { Job } from '@boxoffice/service-kit';
import { wordsOf } from './apply.ts';
import type { Consumer, Outcome } from './consumers.ts';
import { asHandler, ConnectionLost, HandlerFailed, isDatabaseAway } from './database-away.ts';
import { tellDead } from './dead-letters.ts';
import { readMessage, Unreadable } from './handlers.ts';
import { dueHeads, failParked, forgetParked, lockParked, type Parked, remember } from './parked.sql.ts';

const everyMs = 1_000;
/** At a time; requests need connections too. */
const lanes = 4;
/** With the waits below about an hour and a half; then it is a matter for people. */
const attemptsMax = 15;
const waitMaxMs = 600_000;
const waitMs = (attempt: number) => Math.min(1_000 * 2 ** attempt, waitMaxMs) * (0.75 + Math.random() / 2);

/** Tries parked messages again, the first of each key; what never works ends on the dead-letter topic and its key goes on. */
export const retryJob = (consumer: Consumer): Job => ({
  name: `retry parked messages of ${consumer.group}`,
  everyMs,
  run: async () => {
    // The next of a key is due as soon as the one before it is gone.
    for (let heads = await dueHeads(consumer.db, consumer.group); heads.length > 0; heads = await dueHeads(consumer.db, consumer.group)) {
      const outcomes: (Outcome | 'left')[] = [];
      for (let at = 0; at < heads.length; at += lanes)
        outcomes.push(...(await Promise.all(heads.slice(at, at + lanes).map((head) => retry(consumer, head)))));
      if (outcomes.every((outcome) => outcome === 'left')) return;
    }
  },
});

async function retry(consumer: Consumer, parked: Parked): Promise<Outcome | 'left'> {
  const { db, group, transport, handlers, counted, logger } = consumer;
  const place = { group, topic: parked.topic, key: parked.key };
  try {
    const { envelope, fact, handler } = readMessage(handlers, parked.topic, parked.value);
    const outcome = await db.transaction(async (tx) => {
      if (!(await lockParked(tx, parked.position))) return 'left' as const;
      await forgetParked(tx, parked.position);
      if ((await remember(tx, group, [envelope.id])).size === 0) return 'duplicate' as const;
      await asHandler(tx, () => handler.handle(tx, [{ fact, envelope }]));
      return 'handled' as const;
    });
    if (outcome !== 'left') counted.inc({ group, topic: parked.topic, outcome });
    return outcome;
  } catch (error) {
    // A connection that was lost under the handler counts: when the database is away, writing that down fails too.
    if (isDatabaseAway(error) && !(error instanceof ConnectionLost)) return 'left';
    const err = error instanceof HandlerFailed || error instanceof ConnectionLost ? error.cause : error;
    const dead = err instanceof Unreadable || parked.attempts + 1 >= attemptsMax;
    logger.error({ ...place, err, attempts: parked.attempts + 1, dead }, dead ? 'message is dead' : 'parked message failed again');
    if (dead) await tellDead(transport, place, { value: parked.value, error: wordsOf(err), attempts: parked.attempts + 1 });
    await failParked(db, parked.position, { error: wordsOf(err), waitMs: waitMs(parked.attempts), dead });
    if (!dead) return 'left';
    counted.inc({ group, topic: parked.topic, outcome: 'dead' });
    return 'dead';
  }
}
