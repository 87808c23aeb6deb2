import { randomUUID } from 'node:crypto';
import { messageTypes } from '@boxoffice/contracts';
import { type Incoming, kafkaTransport } from '@boxoffice/messaging';
import { createLogger } from '@boxoffice/service-kit';
import { poisonKey } from '../faults/engines.ts';
import type { Violation } from '../history.ts';
import { owners, type World } from '../world.ts';
import { type Heard, missing, neverSaid, type Overtaken, overtaken, type Said, sharingAKey } from './order.ts';

/** Once everything said is here, what else may be there has this long to show; what was said and is not here has longer. */
const quietMs = { complete: 2_000, incomplete: 20_000 };
/** A day less than an outbox keeps what it sent. */
const keptMs = 7 * 86_400_000;

type Sent = Said & { sent: boolean };

/**
 * Every outbox, topic and inbox of a run that is over, from the beginning: messages of a key stand in their topic, and had their effect at every
 * consumer, in the order they were said (I9); what was sent is there, and nothing is there that nobody said (I8). `compared` counts the messages that
 * share a key with others: without them nothing was proven.
 */
export async function orderPerKey({ sql, kafka }: Pick<World, 'sql' | 'kafka'>): Promise<{ violations: Violation[]; compared: number }> {
  const sent = (await saidIn(sql)).filter((message) => message.sent);
  const heard = await heardIn(kafka.brokers, new Set(sent.map(({ id }) => id)));
  const said = await saidIn(sql); // again: somebody may have said something meanwhile
  const violations = [
    ...overtaken(said, heard).map(inWords('in its topic')),
    ...missing(sent, heard).map(({ topic, key, id }) => ({ invariant: 'I8', what: `${topic} ${id} of ${key} was sent and is not in its topic` })),
    ...neverSaid(said, heard, Date.now() - keptMs).map(({ topic, key, id }) => ({
      invariant: 'I8',
      what: `${topic} ${id || 'that cannot be read'} of ${key} is in its topic and stood in no outbox`,
    })),
  ];
  for (const service of owners)
    for (const [group, rows] of await appliedAt(sql, service)) violations.push(...overtaken(said, rows).map(inWords(`at ${group}`)));
  const compared = [...sharingAKey(said).values()].filter(({ length }) => length > 1).flat().length;
  return { violations, compared };
}

const inWords =
  (where: string) =>
  ({ message, by }: Overtaken): Violation => ({
    invariant: 'I9',
    what: `${message.topic} of ${message.key}, said by ${message.service}: ${by.id} came before ${message.id} ${where}`,
  });

async function saidIn(sql: World['sql']): Promise<Sent[]> {
  const rows = owners.map(async (service) => {
    const own = await sql<Omit<Sent, 'service'>>(service, 'SELECT id::text, topic, key, sent_at IS NOT NULL AS sent FROM outbox ORDER BY position');
    return own.map((row) => ({ ...row, service }));
  });
  return (await Promise.all(rows)).flat();
}

/**
 * What each group of a service applied; the rank is when it was committed. `received_at` is no order: rows of one transaction are written in the order of
 * their ids, and one that waits for another consumer's has its time from before.
 */
async function appliedAt(sql: World['sql'], service: (typeof owners)[number]): Promise<Map<string, { id: string; rank: number }[]>> {
  const rows = await sql<{ id: string; group: string; rank: number }>(
    service,
    `SELECT message_id::text AS id, group_name AS "group", extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1e6 AS rank
     FROM inbox WHERE pg_xact_commit_timestamp(xmin) IS NOT NULL`,
  );
  return Map.groupBy(rows, ({ group }) => group);
}

/** All messages of all topics but the poison of F15, in the order of each partition. */
async function heardIn(brokers: string[], expected: ReadonlySet<string>): Promise<Heard[]> {
  const transport = kafkaTransport({ brokers, clientId: 'chaos order', logger: createLogger({ service: 'chaos', level: 'silent' }) });
  const heard: Heard[] = [];
  const open = new Set(expected);
  let last = performance.now();
  try {
    await transport.subscribe({
      group: `chaos-order-${randomUUID()}`,
      topics: [...new Set(messageTypes.map(({ topic }) => topic))],
      onMessages: async (messages) => {
        last = performance.now();
        for (const message of messages) {
          if (message.key === poisonKey) continue;
          const one = { ...read(message), rank: heard.length };
          heard.push(one);
          open.delete(one.id);
        }
      },
    });
    while (performance.now() - last < (open.size === 0 ? quietMs.complete : quietMs.incomplete))
      await new Promise((resolve) => setTimeout(resolve, 100));
  } finally {
    await transport.close();
  }
  return heard;
}

/** Its id is '' when it cannot be read. */
function read({ topic, key, value }: Incoming): Omit<Heard, 'rank'> {
  try {
    const { id = '', occurredAt = '' } = JSON.parse(value) as { id?: string; occurredAt?: string }; // whatever is missing makes it a stranger
    return { topic, key, id, occurredAt };
  } catch {
    return { topic, key, id: '', occurredAt: '' };
  }
}
