import type { Mutant } from '../mutant.ts';

const folder = 'packages/messaging/src';
const consumers = `${folder}/consumers.ts`;
const relay = `${folder}/relay.ts`;
const consumerTests = [`${folder}/consumers.int.test.ts`];
const relayTests = [`${folder}/relay.int.test.ts`];

/** Facts: none lost, none twice, in order per key. */
export const messages: readonly Mutant[] = [
  {
    name: 'inbox-ignored',
    guard: 'a message has its effect once (inbox)',
    file: consumers,
    find: `if (!(await remember(tx, group, envelope.id))) return 'duplicate';`,
    replace: 'await remember(tx, group, envelope.id);',
    tests: consumerTests,
  },
  {
    name: 'inbox-apart',
    guard: 'inbox row and effect are one transaction',
    file: consumers,
    find: '(await remember(tx, group, envelope.id))',
    replace: '(await db.transaction((own) => remember(own, group, envelope.id)))',
    tests: consumerTests,
  },
  {
    name: 'inbox-ignored-when-retried',
    guard: 'a parked message that comes again has its effect once',
    file: `${folder}/parked.ts`,
    find: `if (!(await remember(tx, group, envelope.id))) return 'duplicate' as const;`,
    replace: 'await remember(tx, group, envelope.id);',
    tests: consumerTests,
  },
  {
    name: 'parked-keys-are-overtaken',
    guard: 'later messages of a parked key queue up behind it',
    file: consumers,
    find: 'if (await isKeyParked(db, place)) {',
    replace: 'if (false) {',
    tests: consumerTests,
  },
  {
    name: 'parked-in-any-order',
    guard: 'of a parked key the first message is tried first',
    file: `${folder}/parked.sql.ts`,
    find: 'ORDER BY topic, key, position)',
    replace: 'ORDER BY topic, key, position DESC)',
    tests: consumerTests,
  },
  {
    name: 'shards-of-everybody',
    guard: 'a shard belongs to one relay (lease)',
    file: relay,
    find: 'WHERE owner = $1 OR owner IS NULL OR until <= clock_timestamp()',
    replace: 'WHERE $1::uuid IS NOT NULL',
    tests: [`${folder}/relay-leases.int.test.ts`],
  },
  {
    name: 'after-the-last-one',
    guard: 'unsent rows, never “after the last one”',
    file: relay,
    find: 'AND sent_at IS NULL ORDER BY position',
    replace: 'AND position > coalesce((SELECT max(position) FROM outbox WHERE sent_at IS NOT NULL), 0) ORDER BY position',
    tests: relayTests,
    only: 'three relays, concurrent writers',
  },
  {
    name: 'sent-in-any-order',
    guard: 'messages of a key leave in order',
    file: relay,
    find: 'AND sent_at IS NULL ORDER BY position',
    replace: 'AND sent_at IS NULL ORDER BY random()',
    tests: relayTests,
    only: 'three relays, concurrent writers',
  },
  {
    name: 'marked-before-sent',
    guard: 'a message is marked after it was published',
    file: relay,
    find: 'if (rows.length === 0) return 0;',
    replace: 'if (rows.length === 0) return 0;\n    await markSent(db, rows);',
    tests: relayTests,
    only: 'a transport that is away costs time',
  },
];
