import { query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { PlanSeat } from '../domain/seating-plan.ts';

/** Seats per statement: keeps each far below the statement timeout (10,000 take 0.3 s). */
const chunk = 10_000;

type Seats = { eventId: string; seats: readonly PlanSeat[]; categoryIds: ReadonlyMap<string, string> };

/** One seat row per seat of the plan, ids rising in plan order, so that neighbours share pages. */
export async function insertSeats(tx: Tx, { eventId, seats, categoryIds }: Seats): Promise<void> {
  const ids = Array.from({ length: seats.length }, newId).sort();
  for (let from = 0; from < seats.length; from += chunk) {
    const part = seats.slice(from, from + chunk);
    await query(tx, insertSql, [
      eventId,
      from,
      ids.slice(from, from + chunk),
      part.map((seat) => seat.section),
      part.map((seat) => seat.rowLabel),
      part.map((seat) => seat.seatLabel),
      part.map((seat) => seat.rowNo),
      part.map((seat) => seat.runNo),
      part.map((seat) => seat.place),
      part.map((seat) => categoryIds.get(seat.category)),
      part.map((seat) => seat.x),
      part.map((seat) => seat.y),
      part.map((seat) => seat.kind),
    ]);
  }
}

const insertSql = `
INSERT INTO seats (id, event_id, ord, section, row_label, seat_label, row_no, run_no, place, category_id, x, y, kind)
SELECT t.id, $1, $2::int + t.n - 1, t.section, t.row_label, t.seat_label, t.row_no, t.run_no, t.place, t.category_id, t.x, t.y, t.kind
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::int[], $10::uuid[], $11::real[], $12::real[],
  $13::seat_kind[])
  WITH ORDINALITY AS t (id, section, row_label, seat_label, row_no, run_no, place, category_id, x, y, kind, n)`;
