import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { AdmissionArea } from '../domain/admission.ts';
import type { Viewer } from './seat-map.sql.ts';

type Areas = { eventId: string; areas: readonly AdmissionArea[]; firstOrd: number; categoryIds: ReadonlyMap<string, string> };

/** Writes down where the places of each area lie: in plan order, from `firstOrd` on. */
export async function insertAreas(tx: Tx, { eventId, areas, firstOrd, categoryIds }: Areas): Promise<void> {
  if (areas.length === 0) return;
  await query(tx, insertSql, [
    eventId,
    firstOrd,
    areas.map((area) => area.name),
    areas.map((area) => categoryIds.get(area.category)),
    areas.map((area) => area.capacity),
  ]);
}

export type EventAreaRow = { area: string; category: string; capacity: number; priceMinor: number };
/** The areas of an event in plan order; none when the viewer may not see the event. */
export const eventAreas = (db: Database, eventId: string, viewer: Viewer): Promise<EventAreaRow[]> =>
  query<EventAreaRow>(db, areasSql, [eventId, viewer.organisationIds]);

const insertSql = `
INSERT INTO admission_areas (event_id, position, name, category_id, first_ord, capacity)
SELECT $1, t.n - 1, t.name, t.category_id, $2::int + sum(t.capacity) OVER (ORDER BY t.n) - t.capacity, t.capacity
FROM unnest($3::text[], $4::uuid[], $5::int[]) WITH ORDINALITY AS t (name, category_id, capacity, n)`;

const areasSql = `
SELECT a.name AS area, c.name AS category, a.capacity, c.price_minor AS "priceMinor"
FROM events e JOIN admission_areas a ON a.event_id = e.id JOIN event_categories c ON c.id = a.category_id
WHERE e.id = $1 AND (e.status <> 'DRAFT' OR e.organisation_id = ANY ($2::uuid[])) ORDER BY a.position`;
