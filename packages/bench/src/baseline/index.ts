import { randomBytes, randomUUID } from 'node:crypto';
import { freePort } from '@boxoffice/testing/ports';
import { type OwnProcess, startProcess } from '@boxoffice/testing/process';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import type { LoadRequest } from '../loader/index.ts';
import type { World } from '../world.ts';

const schema = `
CREATE TABLE seat (id uuid PRIMARY KEY, event_id uuid NOT NULL, status text NOT NULL, held_by uuid, held_until timestamptz);
CREATE TABLE reservation (id uuid PRIMARY KEY, event_id uuid NOT NULL, user_id uuid NOT NULL, seat_id uuid NOT NULL, status text NOT NULL, expires_at timestamptz NOT NULL);
CREATE TABLE outbox (id uuid PRIMARY KEY, topic text NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX ON reservation (seat_id)`;

/** The obvious design, running: a gateway, a booking service, the same Postgres and Redis. */
export interface Baseline {
  port: number;
  pids: Record<string, number>;
  /** `count` holds of one seat each, by `customers` customers in turn; seats nobody wanted before. */
  holds(count: number, customers: number): Promise<LoadRequest[]>;
  /** Rows that say somebody holds a seat, and seats that two of them name. */
  rows(): Promise<{ held: number; twice: number }>;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startBaseline(world: World): Promise<Baseline> {
  const db = new Client(world.databaseUrl('baseline'));
  db.on('error', () => {}); // the server goes first when a run is broken off
  await db.connect();
  await db.query(schema);
  const secret = randomBytes(32).toString('base64');
  const [port, bookingPort] = [await freePort(), await freePort()];
  const processes = await startedProcesses(world, { secret, port, bookingPort });
  const key = new TextEncoder().encode(secret);
  const token = (userId: string) =>
    new SignJWT().setSubject(userId).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('1h').sign(key);
  return {
    port,
    pids: Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid])),
    async holds(count, customers) {
      const tokens = await Promise.all(Array.from({ length: customers }, () => token(randomUUID())));
      const eventId = randomUUID();
      const sql = `INSERT INTO seat SELECT gen_random_uuid(), $1, 'AVAILABLE' FROM generate_series(1, $2::int) RETURNING id`;
      const { rows } = await db.query<{ id: string }>(sql, [eventId, count]);
      // As the product's seats are, before they are held.
      await db.query('VACUUM (ANALYZE) seat');
      await db.query('CHECKPOINT');
      return rows.map(({ id }, at) => ({
        path: '/trpc/holdSeats',
        body: JSON.stringify({ eventId, seatIds: [id] }),
        token: tokens[at % customers] ?? '',
      }));
    },
    async rows() {
      const { rows } = await db.query<{ held: number; twice: number }>(
        'SELECT count(*)::int AS held, (count(*) - count(DISTINCT seat_id))::int AS twice FROM reservation',
      );
      return rows[0] ?? { held: 0, twice: 0 };
    },
    async stop() {
      await db.end();
      await Promise.all(Object.values(processes).map((process) => process.kill()));
    },
  };
}

/** Waits until something answers at a port; throws when one of the processes ends first. */
export async function listens(port: number, processes: Record<string, OwnProcess>): Promise<void> {
  const ended = Promise.race(Object.values(processes).map(async ({ name, exited, lines }) => [name, await exited, lines.join('\n')] as const));
  for (let attempt = 0; attempt < 200; attempt++) {
    const there = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '' }).then(
      () => true,
      () => false,
    );
    if (there) return;
    const gone = await Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50))]);
    if (gone) throw new Error(`${gone[0]} ended with ${gone[1]}:\n${gone[2]}`);
  }
  throw new Error(`nothing answers at port ${port}`);
}

async function startedProcesses(
  world: World,
  { secret, port, bookingPort }: { secret: string; port: number; bookingPort: number },
): Promise<Record<string, OwnProcess>> {
  const script = (name: string) => `packages/bench/src/baseline/${name}.ts`;
  const shared = { NODE_ENV: 'production', REDIS_URL: world.redis.url };
  const processes: Record<string, OwnProcess> = {
    'baseline booking': startProcess({
      name: 'baseline booking',
      script: script('booking'),
      env: { ...shared, PORT: String(bookingPort), DATABASE_URL: world.databaseUrl('baseline') },
    }),
    'baseline gateway': startProcess({
      name: 'baseline gateway',
      script: script('gateway'),
      env: { ...shared, PORT: String(port), BOOKING_URL: `http://127.0.0.1:${bookingPort}`, JWT_SECRET: secret },
    }),
  };
  await Promise.all([listens(port, processes), listens(bookingPort, processes)]);
  return processes;
}
