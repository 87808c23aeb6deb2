import type { SeatingPlan, SeatKind } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import type { AdmissionArea } from '../domain/admission.ts';
import type { PlanCategory } from '../domain/event.ts';
import type { ParsedPlan, PlanSeat } from '../domain/seating-plan.ts';
import { SeatingPlanRow } from './entities.ts';

/** A plan as it is kept: sections and categories by number, one short array per seat, in seat-map order. Plans from before there were areas have none. */
export type PackedPlan = { sections: string[]; categories: string[]; seats: PackedSeat[]; areas?: AdmissionArea[] };
type PackedSeat = [
  section: number,
  row: string,
  seat: string,
  rowNo: number,
  runNo: number,
  place: number,
  category: number,
  x: number,
  y: number,
  kind?: SeatKind, // left out where it is standard: plans of before kinds, and most seats
];

/** A stored plan with what an event needs of it. */
export type StoredPlan = { id: string; categories: PlanCategory[]; seats: PlanSeat[]; areas: AdmissionArea[] };

/** Keeps a checked plan. */
export async function insertPlan(
  tx: Tx,
  { id, organisationId }: { id: string; organisationId: string },
  plan: ParsedPlan,
): Promise<z.input<typeof SeatingPlan>> {
  const { name, areas } = plan;
  const categories = countBy(plan.categories, plan.seats, (seat) => seat.category);
  for (const category of categories) for (const area of areas) if (area.category === category.name) category.seats += area.capacity;
  const sections = countBy(plan.sections, plan.seats, (seat) => seat.section);
  const seats = categories.reduce((sum, category) => sum + category.seats, 0);
  tx.create(SeatingPlanRow, { id, organisationId, name, seats, categories, sections, plan: packed(plan) });
  await tx.flush();
  return { seatingPlanId: id, organisationId, name, seats, categories, sections, areas };
}

/** A plan of this organisation; undefined for any other. */
export async function findPlan(tx: Tx, id: string, organisationId: string): Promise<StoredPlan | undefined> {
  const row = await tx.findOne(SeatingPlanRow, { id, organisationId });
  return row ? { id: row.id, categories: row.categories, seats: unpacked(row.plan), areas: row.plan.areas ?? [] } : undefined;
}

function countBy(names: readonly string[], seats: readonly PlanSeat[], nameOf: (seat: PlanSeat) => string): PlanCategory[] {
  const counts = new Map(names.map((name) => [name, 0]));
  for (const seat of seats) counts.set(nameOf(seat), (counts.get(nameOf(seat)) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, seats: count }));
}

function packed({ sections, categories, seats, areas }: ParsedPlan): PackedPlan {
  const section = new Map(sections.map((name, number) => [name, number]));
  const category = new Map(categories.map((name, number) => [name, number]));
  return {
    sections,
    categories,
    areas,
    seats: seats.map((seat) => [
      section.get(seat.section) ?? 0,
      seat.rowLabel,
      seat.seatLabel,
      seat.rowNo,
      seat.runNo,
      seat.place,
      category.get(seat.category) ?? 0,
      seat.x,
      seat.y,
      ...kindIfSpecial(seat.kind),
    ]),
  };
}

const kindIfSpecial = (kind: SeatKind): [] | [SeatKind] => (kind === 'standard' ? [] : [kind]);

const unpacked = ({ sections, categories, seats }: PackedPlan): PlanSeat[] =>
  seats.map(([section, rowLabel, seatLabel, rowNo, runNo, place, category, x, y, kind = 'standard']) => ({
    section: sections[section] ?? '',
    rowLabel,
    seatLabel,
    rowNo,
    runNo,
    place,
    category: categories[category] ?? '',
    kind,
    x,
    y,
  }));
