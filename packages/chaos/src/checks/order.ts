/** A message as it stands in a service's outbox. */
export type Said = { id: string; service: string; topic: string; key: string };
/** A message somewhere on its way: `rank` is its place there, equal ranks came together. */
export type Arrived = { id: string; rank: number };
/** A message as a topic has it; `occurredAt` is the speaker's word. */
export type Heard = Arrived & { topic: string; key: string; occurredAt: string };
/** A message that came before one that was said earlier. */
export type Overtaken = { message: Said; by: Said };

/**
 * Messages that others of their service, topic and key overtook (I9). `said` is in the order of each outbox; of what arrived several times
 * the first time counts, and what did not arrive has no place to compare.
 */
export function overtaken(said: readonly Said[], arrived: readonly Arrived[]): Overtaken[] {
  const firsts = new Map<string, number>();
  for (const { id, rank } of arrived) firsts.set(id, Math.min(rank, firsts.get(id) ?? Number.POSITIVE_INFINITY));
  return [...sharingAKey(said).values()].flatMap((some) => {
    const pairs: Overtaken[] = [];
    let latest: { message: Said; rank: number } | undefined;
    for (const message of some) {
      const rank = firsts.get(message.id);
      if (rank === undefined) continue;
      if (latest && rank < latest.rank) pairs.push({ message: latest.message, by: message });
      else latest = { message, rank };
    }
    return pairs;
  });
}

/** Messages by service, topic and key. */
export const sharingAKey = (said: readonly Said[]): Map<string, Said[]> =>
  Map.groupBy(said, ({ service, topic, key }) => `${service}\n${topic}\n${key}`);

/** Messages of a topic that stood in no outbox with this topic and key, each once. From before `keptSince` (milliseconds) an outbox may have forgotten them. */
export function neverSaid(said: readonly Said[], heard: readonly Heard[], keptSince: number): Heard[] {
  const rows = new Map(said.map((message) => [message.id, message]));
  const strange = heard.filter(({ id, topic, key, occurredAt }) => {
    const row = rows.get(id);
    if (row) return row.topic !== topic || row.key !== key;
    return !(Date.parse(occurredAt) < keptSince); // one without a time is strange
  });
  return [...new Map(strange.map((message) => [`${message.topic} ${message.key} ${message.id}`, message])).values()];
}

/** Messages that did not arrive. */
export function missing<Message extends { id: string }>(sent: readonly Message[], arrived: readonly { id: string }[]): Message[] {
  const there = new Set(arrived.map(({ id }) => id));
  return sent.filter(({ id }) => !there.has(id));
}
