import { randomUUID } from 'node:crypto';
import { plansByIndex, startupOptions } from '@boxoffice/postgres';
import { Client } from 'pg';
import type { Event } from '../product.ts';

// What a correct hold must at least ask and write in these tables: the event is on sale, the customer stays within its limit, the seat is free and from now
// on his, a row says so, and the row of whoever let it lapse is closed. No groups, no repetitions, no reasons, no answer.
const hold = `
WITH w AS MATERIALIZED (
  SELECT t.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t (sid, rid, uid) CROSS JOIN events e
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM seat_reservations r WHERE r.user_id = t.uid AND r.event_id = e.id AND r.status <> 'RELEASED') o
  WHERE e.id = $4 AND e.status = 'PUBLISHED' AND e.on_sale_from <= now() AND now() < e.on_sale_until AND o.n < e.max_seats_per_customer),
l AS MATERIALIZED (
  SELECT id, reservation_id AS prev FROM seats
  WHERE id = ANY (ARRAY(SELECT sid FROM w)) AND status = 'AVAILABLE' AND (held_until IS NULL OR held_until <= now()) ORDER BY id FOR NO KEY UPDATE),
u AS (UPDATE seats s SET reservation_id = w.rid, held_by = w.uid, held_until = now() + interval '5 minutes' FROM w JOIN l ON l.id = w.sid
      WHERE s.id = w.sid RETURNING s.id, s.event_id, w.rid, w.uid, s.held_until, l.prev),
c AS (UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM u
      WHERE r.reservation_id = u.prev AND r.seat_id = u.id AND r.status IS NOT DISTINCT FROM 'HELD')
INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
SELECT gen_random_uuid(), rid, event_id, id, uid, 'HELD', now(), held_until, 1000 FROM u`;

/** Holds per second by batches of 64 in one prepared statement, two under way, in the product's own tables, and nothing around it. Uses the event up. */
export async function postgresCeiling(url: string, event: Event, seconds: number): Promise<number> {
  // As the product's own connections are set.
  const clients = Array.from({ length: 2 }, () => new Client({ connectionString: url, options: startupOptions(plansByIndex) }));
  for (const client of clients) client.on('error', () => {});
  await Promise.all(clients.map((client) => client.connect()));
  const end = performance.now() + seconds * 1000;
  let held = 0;
  const worker = async (client: Client) => {
    while (performance.now() < end && event.seatIds.length > 0) {
      const seats = event.seatIds.splice(-64);
      const values = [seats, seats.map(() => randomUUID()), seats.map(() => randomUUID()), event.eventId];
      const { rowCount } = await client.query({ name: 'hold', text: hold, values });
      held += rowCount ?? 0;
    }
  };
  const start = performance.now();
  try {
    await Promise.all(clients.map(worker));
    return held / ((performance.now() - start) / 1000);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
