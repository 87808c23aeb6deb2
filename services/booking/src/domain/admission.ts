import { Refusal } from '@boxoffice/contracts';
import type { PlanFaults } from './faults.ts';
import type { HoldAttempt } from './hold.ts';
import type { PlanSeat } from './seating-plan.ts';

/** Areas of one plan at most. */
const maxAreas = 200;
const maxText = { area: 60, category: 60 };

/** Part of a venue where nobody has a seat: it has a name, one price class, and this many places, numbered from 1. */
export type AdmissionArea = { name: string; category: string; capacity: number };

/** An area's places are kept as seats without a row: the empty row label tells them from seats, whose row always has one. */
export const admissionRow = '';

/** What a try to hold places of an area came to: as for seats; or there is no such area, or only `free` places, too few, were left. */
export type AdmissionAttempt = Exclude<HoldAttempt, { result: 'TAKEN' }> | { result: 'AREA_UNKNOWN' } | { result: 'SOLD_OUT'; free: number };

/** What the areas of a plan must fit: its categories, the names its sections have, and the places it may still have. */
export type PlanAround = { categories: ReadonlySet<string>; sections: ReadonlyMap<string, unknown>; room: number };

/** Reads a plan's `admissionAreas`, which may be left out; adds the faults it finds. */
export function admissionAreasOf(faults: PlanFaults, value: unknown, around: PlanAround): AdmissionArea[] {
  if (value === undefined) return [];
  const list = faults.array(value, 'admissionAreas') ?? [];
  if (list.length > maxAreas) {
    faults.add('admissionAreas', `must list at most ${maxAreas} areas`);
    return [];
  }
  const names = new Set<string>();
  const areas = list.flatMap((entry, index) => areaOf(faults, { entry, path: `admissionAreas[${index}]`, names, around }) ?? []);
  const places = areas.reduce((sum, area) => sum + area.capacity, 0);
  if (places > around.room) faults.add('admissionAreas', `hold ${places} places: at most ${around.room} are possible beside the seats of this plan`);
  return areas;
}

type AreaIn = { entry: unknown; path: string; names: Set<string>; around: PlanAround };

function areaOf(faults: PlanFaults, { entry, path, names, around }: AreaIn): AdmissionArea | undefined {
  const area = faults.object(entry, path);
  if (!area) return undefined;
  const name = faults.text(area.name, `${path}.name`, maxText.area);
  if (name !== undefined && names.has(name)) faults.add(`${path}.name`, `area ${JSON.stringify(name)} is listed twice`);
  if (name !== undefined && around.sections.has(name)) faults.add(`${path}.name`, `${JSON.stringify(name)} is the name of a zone, too`);
  if (name !== undefined) names.add(name);
  const category = faults.text(area.category, `${path}.category`, maxText.category);
  if (category !== undefined && !around.categories.has(category))
    faults.add(`${path}.category`, `category ${JSON.stringify(category)} is not in categories`);
  const capacity = capacityOf(faults, area.capacity, `${path}.capacity`);
  return name === undefined || category === undefined || capacity === undefined ? undefined : { name, category, capacity };
}

function capacityOf(faults: PlanFaults, value: unknown, path: string): number | undefined {
  const capacity = faults.number(value, path, Number.MAX_SAFE_INTEGER);
  if (capacity === undefined) return undefined;
  return Number.isInteger(capacity) && capacity >= 1 ? capacity : faults.add(path, 'must be a whole number from 1');
}

/** The places of an area as rows of seats: section = the area, no row, label = place = the admission number. Each is a run of its own: nobody has neighbours. */
export const placesOf = ({ name, category, capacity }: AdmissionArea): PlanSeat[] =>
  Array.from({ length: capacity }, (_, index) => {
    const number = index + 1;
    const seat = { section: name, rowLabel: admissionRow, seatLabel: String(number), rowNo: 0, runNo: index, place: number };
    return { ...seat, category, kind: 'standard', x: 0, y: 0 };
  });

type Wish = { eventId: string; area: string; quantity: number };
type Before = { eventId: string; section: string; rowLabel: string };

/** A reservation that was here before is the same one only with as many places of the same area. Refuses IDEMPOTENCY_KEY_REUSED. */
export function refuseOtherWish(before: readonly Before[], { eventId, area, quantity }: Wish): void {
  const same = before.every((place) => place.eventId === eventId && place.section === area && place.rowLabel === admissionRow);
  if (!same || before.length !== quantity) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
}
