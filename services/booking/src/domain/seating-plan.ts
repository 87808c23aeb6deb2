import { SeatKind } from '@boxoffice/contracts';
import { type AdmissionArea, admissionAreasOf, admissionRow } from './admission.ts';
import { PlanFaults, planFault } from './faults.ts';
import { type Point, placesOf } from './row-geometry.ts';

/** Seats and admission places of one plan at most. */
export const maxSeats = 100_000;
/** Coordinates are kept in hundredths in a 4-byte float, which is exact up to here. */
const maxCoordinate = 100_000;
const maxText = { planName: 200, section: 60, row: 20, seat: 20, seatGuid: 100, category: 60 };

/** One seat of a plan; its `ord` is its position in the list. */
export type PlanSeat = {
  section: string;
  rowLabel: string;
  seatLabel: string;
  /** Rows of a section as the file lists them, best first. */
  rowNo: number;
  runNo: number;
  place: number;
  category: string;
  kind: SeatKind;
  x: number;
  y: number;
};
/** A checked plan: seats in (section, row, place) order, categories and admission areas as declared. */
export type ParsedPlan = { name: string; categories: string[]; sections: string[]; seats: PlanSeat[]; areas: AdmissionArea[] };

/** What people read on a ticket: 'Stalls C 14'; of an admission area 'Standing 417'. */
export const labelOf = ({ section, rowLabel, seatLabel }: { section: string; rowLabel: string; seatLabel: string }): string =>
  rowLabel === admissionRow ? `${section} ${seatLabel}` : `${section} ${rowLabel} ${seatLabel}`;

type Row = { label: string; seats: RawSeat[] };
type RawSeat = { label: string; category: string; kind: SeatKind; offset: Point; at: Point };
/** What is known while reading: Maps and Sets only, because every name in them was chosen by whoever wrote the file. */
type Reading = { faults: PlanFaults; categories: ReadonlySet<string>; guids: Map<string, string>; labels: Set<string>; sections: Map<string, Row[]> };

/** Reads the text of a plan file; refuses SEATING_PLAN_INVALID with the paths of up to 50 faults ('' when it is not JSON at all). */
export function readSeatingPlan(text: string): ParsedPlan {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw planFault('is not JSON');
  }
  return parseSeatingPlan(file);
}

/**
 * Checks a seating plan in the open shape (zones → rows → seats, positions relative to zone and row; the shape pretix reads too) and puts its seats in order.
 * Ours are a seat's `kind` (accessible or companion; standard when left out) and `admissionAreas: [{ name, category, capacity }]`; a plan of areas alone needs
 * no zones. Unknown keys are left alone. Refuses SEATING_PLAN_INVALID.
 */
export function parseSeatingPlan(file: unknown): ParsedPlan {
  const faults = new PlanFaults();
  const plan = faults.object(file, '');
  if (!plan) throw faults.refusal();
  const name = faults.text(plan.name, 'name', maxText.planName);
  const categories = categoriesOf(faults, plan.categories);
  const zones = plan.zones === undefined && plan.admissionAreas !== undefined ? [] : faults.array(plan.zones, 'zones');
  refuseTooMany(faults, zones ?? []);
  const reading: Reading = { faults, categories: new Set(categories), guids: new Map(), labels: new Set(), sections: new Map() };
  for (const [index, zone] of (zones ?? []).entries()) readZone(reading, zone, `zones[${index}]`);
  const seats = [...reading.sections].flatMap(([section, rows]) => rows.flatMap((row, rowNo) => seatsInOrder(section, row, rowNo)));
  const { sections } = reading;
  const areas = admissionAreasOf(faults, plan.admissionAreas, { categories: reading.categories, sections, room: maxSeats - seats.length });
  if (zones && seats.length + areas.length === 0) faults.add('zones', 'hold no seat');
  faults.throwIfAny();
  return { name: name ?? '', categories, sections: [...sections.keys()], seats, areas };
}

function categoriesOf(faults: PlanFaults, value: unknown): string[] {
  const names = new Set<string>();
  const list = faults.array(value, 'categories');
  list?.forEach((entry, index) => {
    const path = `categories[${index}]`;
    const category = faults.object(entry, path);
    const name = category && faults.text(category.name, `${path}.name`, maxText.category);
    if (name !== undefined && names.has(name)) faults.add(`${path}.name`, `category ${quoted(name)} is listed twice`);
    if (name !== undefined) names.add(name);
  });
  if (list && (list.length === 0 || list.length > 200)) faults.add('categories', 'must list 1 to 200 categories');
  return [...names];
}

/** Before anything is built from it: a body of 16 MiB can name a million seats. */
function refuseTooMany(faults: PlanFaults, zones: readonly unknown[]): void {
  const listOf = (value: unknown, key: 'rows' | 'seats'): unknown[] => {
    const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    return Array.isArray(list) ? list : [];
  };
  let seats = 0;
  for (const zone of zones) for (const row of listOf(zone, 'rows')) seats += listOf(row, 'seats').length;
  if (seats <= maxSeats) return;
  faults.add('zones', `hold ${seats} seats: at most ${maxSeats} are possible`);
  faults.throwIfAny();
}

function readZone(reading: Reading, value: unknown, path: string): void {
  const { faults } = reading;
  const zone = faults.object(value, path);
  if (!zone) return;
  const section = faults.text(zone.name, `${path}.name`, maxText.section);
  const corner = offsetOf(faults, zone.position, `${path}.position`);
  const rows = faults.array(zone.rows, `${path}.rows`) ?? [];
  for (const [index, value] of rows.entries()) readRow(reading, { value, path: `${path}.rows[${index}]`, section, corner });
}

function readRow(reading: Reading, from: { value: unknown; path: string; section: string | undefined; corner: Point | undefined }): void {
  const { faults, sections } = reading;
  const { path, section, corner } = from;
  const row = faults.object(from.value, path);
  if (!row) return;
  const label = faults.text(row.row_number, `${path}.row_number`, maxText.row);
  const position = offsetOf(faults, row.position, `${path}.position`);
  const start = corner && position && { x: corner.x + position.x, y: corner.y + position.y };
  const seats: RawSeat[] = [];
  faults.array(row.seats, `${path}.seats`)?.forEach((value, index) => {
    const seat = readSeat(reading, { value, path: `${path}.seats[${index}]`, section, row: label, start });
    if (seat) seats.push(seat);
  });
  if (section === undefined || label === undefined) return;
  const rows = sections.get(section) ?? []; // two zones of one name are one section: its rows go on counting
  rows.push({ label, seats });
  sections.set(section, rows);
}

type SeatIn = { value: unknown; path: string; section: string | undefined; row: string | undefined; start: Point | undefined };

function readSeat(reading: Reading, { value, path, section, row, start }: SeatIn): RawSeat | undefined {
  const { faults, categories } = reading;
  const seat = faults.object(value, path);
  if (!seat) return undefined;
  refuseDoubleGuid(reading, faults.text(seat.seat_guid, `${path}.seat_guid`, maxText.seatGuid), path);
  const label = faults.text(seat.seat_number, `${path}.seat_number`, maxText.seat);
  if (label !== undefined) refuseDoubleLabel(reading, [section, row, label], path);
  const category = faults.text(seat.category, `${path}.category`, maxText.category);
  if (category !== undefined && !categories.has(category)) faults.add(`${path}.category`, `category ${quoted(category)} is not in categories`);
  const kind = kindOf(faults, seat.kind, `${path}.kind`);
  const offset = positionOf(faults, seat.position, `${path}.position`);
  if (label === undefined || category === undefined || !kind || !offset || !start) return undefined;
  const at = { x: hundredths(start.x + offset.x), y: hundredths(start.y + offset.y) };
  if (Math.max(Math.abs(at.x), Math.abs(at.y)) > maxCoordinate)
    return faults.add(`${path}.position`, `lies more than ${maxCoordinate} from the origin`);
  return { label, category, kind, offset, at };
}

function kindOf(faults: PlanFaults, value: unknown, path: string): SeatKind | undefined {
  if (value === undefined) return 'standard';
  return SeatKind.options.find((kind) => kind === value) ?? faults.add(path, `must be one of ${SeatKind.options.join(', ')}`);
}

function refuseDoubleGuid({ faults, guids }: Reading, guid: string | undefined, path: string): void {
  if (guid === undefined) return;
  const first = guids.get(guid);
  if (first === undefined) guids.set(guid, path);
  else faults.add(`${path}.seat_guid`, `seat id ${quoted(guid)} is already used by ${first}`);
}

function refuseDoubleLabel({ faults, labels }: Reading, [section, row, label]: [string | undefined, string | undefined, string], path: string): void {
  if (section === undefined || row === undefined) return;
  const key = `${section}\n${row}\n${label}`; // a line break stands in none of them
  if (labels.has(key)) faults.add(`${path}.seat_number`, `seat ${quoted(label)} stands twice in row ${quoted(row)} of ${quoted(section)}`);
  labels.add(key);
}

const origin: Point = { x: 0, y: 0 };

/** A position that may be left out: then its owner stands where its parent stands. */
const offsetOf = (faults: PlanFaults, value: unknown, path: string): Point | undefined =>
  value === undefined ? origin : positionOf(faults, value, path);

function positionOf(faults: PlanFaults, value: unknown, path: string): Point | undefined {
  const position = faults.object(value, path);
  if (!position) return undefined;
  const x = faults.number(position.x, `${path}.x`, maxCoordinate);
  const y = faults.number(position.y, `${path}.y`, maxCoordinate);
  return x === undefined || y === undefined ? undefined : { x, y };
}

function seatsInOrder(section: string, row: Row, rowNo: number): PlanSeat[] {
  return placesOf(row.seats.map((seat) => seat.offset)).flatMap(({ index, runNo, place }) => {
    const seat = row.seats[index];
    if (!seat) return [];
    return [{ section, rowLabel: row.label, seatLabel: seat.label, rowNo, runNo, place, category: seat.category, kind: seat.kind, ...seat.at }];
  });
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
const quoted = (text: string): string => JSON.stringify(text);
