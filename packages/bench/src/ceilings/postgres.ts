import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Event } from '../product.ts';

// What any design must at least write for a hold into these tables: the seat is somebody's, and a row says whose. No event is looked at, no limit
// counted, no history closed, no answer made.
const hold = `
WITH w AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t (sid, rid, uid)),
l AS MATERIALIZED (SELECT id FROM seats WHERE id = ANY ($1::uuid[]) AND status = 'AVAILABLE' AND (held_until IS NULL OR held_until <= now()) ORDER BY id FOR NO KEY UPDATE),
u AS (UPDATE seats s SET reservation_id = w.rid, held_by = w.uid, held_until = now() + interval '5 minutes' FROM w JOIN l ON l.id = w.sid
      WHERE s.id = w.sid RETURNING s.id, s.event_id, w.rid, w.uid, s.held_until)
INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
SELECT gen_random_uuid(), rid, event_id, id, uid, 'HELD', now(), held_until, 1000 FROM u`;

/** Holds per second written to the product's own tables by batches of 64 in one prepared statement, two under way, and nothing else. Uses the event up. */
export async function postgresCeiling(url: string, event: Event, seconds: number): Promise<number> {
  const clients = [new Client(url), new Client(url)];
  await Promise.all(clients.map((client) => client.connect()));
  const end = performance.now() + seconds * 1000;
  let held = 0;
  const worker = async (client: Client) => {
    while (performance.now() < end && event.seatIds.length > 0) {
      const seats = event.seatIds.splice(-64);
      const { rowCount } = await client.query({
        name: 'hold',
        text: hold,
        values: [seats, seats.map(() => randomUUID()), seats.map(() => randomUUID())],
      });
      held += rowCount ?? 0;
    }
  };
  const start = performance.now();
  await Promise.all(clients.map(worker));
  const perSecond = held / ((performance.now() - start) / 1000);
  await Promise.all(clients.map((client) => client.end()));
  return perSecond;
}
