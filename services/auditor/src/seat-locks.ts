import { type Finding, locksWithoutOwner, type Sql } from '@boxoffice/audit';
import type { RedisConnection } from '@boxoffice/redis';

/** Keys asked for at once, and how often in one look: a hall of 100,000 locked seats takes four looks, and Redis never more than a few ms at a time. */
const pace = { keys: 500, scans: 50 };
/** Suspects remembered; more than that is a fault that needs no exact number. */
const mostSuspects = 10_000;

type Lock = { subject: string; key: string; leftMs: number };

/** Looks for seat locks that shield a seat for a reservation that does not have it. */
export interface LockScan {
  /** Looks at the next part of all locks, and again at what was suspicious; answers those that have been without an owner for the grace. */
  look(): Promise<Finding[]>;
}

/**
 * A lock is set just before its row is written and given up just after, so being without an owner counts only when it lasts: the lock's own
 * remaining time tells how long ago it was first seen. A lock that is gone, or renewed, is forgotten.
 */
export function lockScan({ redis, sql, graceMs }: { redis: Pick<RedisConnection, 'client'>; sql: Sql; graceMs: number }): LockScan {
  const suspects = new Map<string, Lock>();
  let cursor = '0';
  return {
    async look() {
      const locks = await read(redis, [...suspects.keys()]);
      for (let scans = 0; scans < pace.scans; scans++) {
        const [next, keys] = await redis.client.scan(cursor, 'MATCH', 'seat_lock:*', 'COUNT', pace.keys);
        cursor = next;
        locks.push(
          ...(await read(
            redis,
            keys.filter((key) => !suspects.has(key)),
          )),
        );
        if (cursor === '0') break;
      }
      const ownerless = await withoutOwner(sql, locks);
      const before = new Map(suspects);
      suspects.clear();
      for (const lock of ownerless.slice(0, mostSuspects)) suspects.set(lock.key, earlier(before.get(lock.key), lock));
      return ownerless.filter((lock) => (suspects.get(lock.key)?.leftMs ?? 0) - lock.leftMs >= graceMs && before.has(lock.key)).map(findingOf);
    },
  };
}

/** The first sighting of the same lock, unless it was taken anew since. */
const earlier = (before: Lock | undefined, now: Lock): Lock => (before?.subject === now.subject && before.leftMs >= now.leftMs ? before : now);

const keyPattern = /^seat_lock:\{([0-9a-f-]{36})\}:([0-9a-f-]{36})$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Holder and remaining time of each lock that is still there; what is not a seat lock of ours is left out. */
async function read({ client }: Pick<RedisConnection, 'client'>, keys: string[]): Promise<Lock[]> {
  if (keys.length === 0) return [];
  const asked = client.pipeline();
  for (const key of keys) asked.get(key).pttl(key);
  const answers = (await asked.exec()) ?? [];
  return keys.flatMap((key, at) => {
    const [eventId, seatId] = keyPattern.exec(key)?.slice(1) ?? [];
    const holder = answers[at * 2]?.[1];
    const leftMs = answers[at * 2 + 1]?.[1];
    if (typeof holder !== 'string' || typeof leftMs !== 'number' || leftMs < 0) return [];
    return eventId && seatId && uuid.test(holder) ? [{ key, subject: `${eventId} ${seatId} ${holder}`, leftMs }] : [];
  });
}

async function withoutOwner(sql: Sql, locks: Lock[]): Promise<Lock[]> {
  const ownerless = new Set<string>();
  for (let at = 0; at < locks.length; at += 1_000) {
    const some = locks.slice(at, at + 1_000).map(({ subject }) => subject);
    for (const { subject } of await sql<{ subject: string }>('booking', locksWithoutOwner, [some])) ownerless.add(subject);
  }
  return locks.filter(({ subject }) => ownerless.has(subject));
}

function findingOf({ subject }: Lock): Finding {
  const [eventId, seatId, reservationId] = subject.split(' ');
  return {
    check: 'lock-without-owner',
    examination: 'seat locks',
    subject,
    what: `seat ${seatId} of event ${eventId} is locked for reservation ${reservationId}, which does not have it`,
  };
}
