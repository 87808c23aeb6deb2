import { Refusal } from '@boxoffice/contracts';
import { type Database, type Listener, listen } from '@boxoffice/postgres';
import type { EventStream, Logger, Metrics, Worker } from '@boxoffice/service-kit';
import { newTicketsChannel } from './persistence/issue.sql.ts';
import { type Cursor, newestPosition, ticketsAfter } from './persistence/new-tickets.sql.ts';

/** One reader: whose tickets, after which position (undefined: those that come from now on), and how to start answering. */
export type Reader = { userId: string; after: number | undefined; open: () => Pick<EventStream, 'send' | 'closed'> };

/** The live news of tickets for all open streams of this process. */
export interface TicketFeed extends Worker {
  /** Sends the reader's new tickets until the stream closes. Refuses OVERLOADED (process full) and RATE_LIMITED (too many streams of one customer). */
  follow(reader: Reader): Promise<void>;
}

type Options = { db: Database; logger: Logger; metrics: Metrics; maxStreams: number };
type Watcher = Cursor & { send: EventStream['send'] };

/** Tickets per stream and streams per statement: at most 10,000 rows of about 0.6 kB at once. */
const perStream = 100;
const perStatement = 100;
const streamsPerUser = 10;
/** A notification that got lost costs at most this. */
const pollMs = 2000;

/** One LISTEN connection and one statement per 100 streams, however many customers watch: no connection per customer. */
export function ticketFeed({ db, logger, metrics, maxStreams }: Options): TicketFeed {
  const watchers = new Map<string, Set<Watcher>>();
  const places = placesFor(maxStreams);
  metrics.gauge('boxoffice_ticket_streams', 'Open live streams of tickets.', [], (gauge) => gauge.set(places.taken()));
  const all = () => [...watchers.values()].flatMap((group) => [...group]);
  const look = lookout(db, logger, (watcher) => watchers.get(watcher.userId)?.has(watcher) ?? false);
  let listener: Listener | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'ticket-feed',
    async start() {
      timer = setInterval(() => look(all()), pollMs).unref();
      // An empty payload says that notifications may have been missed.
      listener = await listen(db.url, newTicketsChannel, (userId) => look(userId === '' ? all() : [...(watchers.get(userId) ?? [])]), logger);
    },
    async stop() {
      clearInterval(timer);
      await listener?.close();
    },
    async follow({ userId, after, open }) {
      const leave = places.take(userId);
      try {
        const cursor = { userId, after: after ?? (await newestPosition(db, userId)) };
        const { send, closed } = open();
        const watcher = { ...cursor, send };
        const group = watchers.get(userId) ?? new Set();
        watchers.set(userId, group.add(watcher));
        look([watcher]); // what came since the reader last looked
        await closed;
        group.delete(watcher);
        if (group.size === 0) watchers.delete(userId);
      } finally {
        leave();
      }
    },
  };
}

/** Counts places before anything is awaited, so that a rush cannot overshoot. */
function placesFor(max: number) {
  const perUser = new Map<string, number>();
  let total = 0;
  return {
    taken: () => total,
    take(userId: string): () => void {
      const own = perUser.get(userId) ?? 0;
      if (total >= max) throw new Refusal('OVERLOADED', { retryAfterSeconds: 5 });
      if (own >= streamsPerUser) throw new Refusal('RATE_LIMITED', { retryAfterSeconds: 5 });
      total += 1;
      perUser.set(userId, own + 1);
      return () => {
        total -= 1;
        const left = (perUser.get(userId) ?? 1) - 1;
        if (left > 0) perUser.set(userId, left);
        else perUser.delete(userId);
      };
    },
  };
}

/** Looks for news of the watchers it is told, one statement at a time; who is told of twice meanwhile is looked at once. */
function lookout(db: Database, logger: Logger, isOpen: (watcher: Watcher) => boolean): (some: Watcher[]) => void {
  const due = new Set<Watcher>();
  let looking = false;
  const lookOnce = async () => {
    const batch = [...due].slice(0, perStatement);
    for (const watcher of batch) due.delete(watcher);
    const told = new Map<Watcher, number>();
    for (const { stream, position, ticket } of await ticketsAfter(db, batch, perStream)) {
      const watcher = batch[stream];
      if (!watcher || !isOpen(watcher)) continue;
      watcher.send({ id: String(position), event: 'ticket', data: ticket });
      watcher.after = position;
      told.set(watcher, (told.get(watcher) ?? 0) + 1);
    }
    for (const [watcher, count] of told) if (count === perStream) due.add(watcher);
  };
  const run = async () => {
    looking = true;
    try {
      while (due.size > 0) await lookOnce();
    } catch (error) {
      due.clear(); // the next poll looks at everybody
      logger.warn({ err: error }, 'new tickets could not be read for live streams');
    } finally {
      looking = false;
    }
  };
  return (some) => {
    for (const watcher of some) due.add(watcher);
    if (!looking && due.size > 0) void run();
  };
}
