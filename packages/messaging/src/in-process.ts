import type { Outgoing, Subscriber, Transport } from './transport.ts';

type Group = {
  group: string;
  topics: Set<string>;
  onMessages: Subscriber['onMessages'];
  stopping: AbortController;
  underWay: Set<Promise<void>>;
  inTurn: (work: () => Promise<void>) => Promise<void>;
};

/** Messages a group handles at a time: fewer than its database has connections, for requests need some. */
const lanes = 6;

/**
 * Messages between services of one process. Nothing is kept: `publish` resolves when every subscribed group has dealt with each message, so
 * an outbox row stays until then, and a crash sends it again. Messages of one key go one after the other, up to six keys side by side.
 * `expected` names the groups of this process: while one of them does not listen yet, or any more, nothing is delivered to anybody, for
 * what it misses it would miss for ever.
 */
export function inProcessHub(expected: readonly string[] = []): { transport(): Transport } {
  const groups = new Set<Group>();
  const requireAll = () => {
    const listening = new Set([...groups].filter(({ stopping }) => !stopping.signal.aborted).map(({ group }) => group));
    const missing = expected.filter((name) => !listening.has(name));
    if (missing.length) throw new Error(`not listening: ${missing.join(', ')}`);
  };

  const deliver = (group: Group, { topic, key, value }: Outgoing): Promise<void> =>
    group.inTurn(() => {
      group.stopping.signal.throwIfAborted(); // it waited for its turn
      const work = group.onMessages([{ topic, key, value }], { heartbeat: async () => {}, stopping: group.stopping.signal });
      group.underWay.add(work);
      return work.finally(() => group.underWay.delete(work));
    });
  const inOrder = async (messages: Outgoing[]) => {
    for (const message of messages) {
      requireAll();
      const listeners = [...groups].filter(({ topics }) => topics.has(message.topic));
      await Promise.all(listeners.map((group) => deliver(group, message)));
    }
  };
  const publish = async (messages: readonly Outgoing[]) => {
    const byKey = Map.groupBy(messages, ({ key }) => key);
    const results = await Promise.allSettled([...byKey.values()].map(inOrder));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  return { transport: () => memberOf(groups, publish) };
}

/** One service's door to the hub: closing it makes the groups it brought leave. */
function memberOf(groups: Set<Group>, publish: Transport['publish']): Transport {
  const mine = new Set<Group>();
  const leave = async (group: Group) => {
    group.stopping.abort();
    await Promise.allSettled(group.underWay);
    groups.delete(group);
    mine.delete(group);
  };
  return {
    publish,
    subscribe: async ({ group, topics, onMessages }) => {
      const joined: Group = {
        group,
        topics: new Set(topics),
        onMessages,
        stopping: new AbortController(),
        underWay: new Set(),
        inTurn: atMost(lanes),
      };
      groups.add(joined);
      mine.add(joined);
      return { stop: () => leave(joined) };
    },
    close: async () => void (await Promise.all([...mine].map(leave))),
  };
}

/** At most `most` pieces of work at a time; the others wait in order. */
function atMost(most: number): Group['inTurn'] {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
