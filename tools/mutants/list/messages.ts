import type { Mutant } from '../mutant.ts';

const folder = 'packages/messaging/src';
const apply = `${folder}/apply.ts`;
const relay = `${folder}/relay.ts`;
const consumerTests = [`${folder}/consumers.int.test.ts`];
const relayTests = [`${folder}/relay.int.test.ts`];

/** Facts: none lost, none twice, in order per key. */
export const messages: readonly Mutant[] = [
  {
    name: 'inbox-ignored',
    guard: 'a message has its effect once (inbox)',
    file: apply,
    find: 'const isFresh = fresh.delete(message.envelope.id);',
    replace: 'const isFresh = fresh.delete(message.envelope.id) || true;',
    tests: consumerTests,
  },
  {
    name: 'inbox-apart',
    guard: 'inbox row and effect are one transaction',
    file: apply,
    find: 'const fresh = await remember(\n      tx,\n      group,\n      messages.map(({ envelope }) => envelope.id),\n    );',
    replace: `const ids = messages.map(({ envelope }) => envelope.id);
    const fresh = await db.transaction((own) => remember(own, group, ids));`,
    tests: consumerTests,
  },
  {
    name: 'inbox-ignored-when-retried',
    guard: 'a parked message that comes again has its effect once',
    file: `${folder}/parked.ts`,
    find: `if ((await remember(tx, group, [envelope.id])).size === 0) return 'duplicate' as const;`,
    replace: 'await remember(tx, group, [envelope.id]);',
    tests: consumerTests,
  },
  {
    name: 'parked-keys-are-overtaken',
    guard: 'later messages of a parked key queue up behind it',
    file: apply,
    find: 'parkedKeys(db, { group, topic, keys: messages.map(({ key }) => key) })',
    replace: 'Promise.resolve(new Set<string>())',
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
    file: `${folder}/shards.sql.ts`,
    find: `'SELECT shard FROM outbox_shards WHERE owner = $1'`,
    replace: `'SELECT shard FROM outbox_shards WHERE $1::uuid IS NOT NULL'`,
    tests: [`${folder}/relay-leases.int.test.ts`],
    only: 'three relays share the work',
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
