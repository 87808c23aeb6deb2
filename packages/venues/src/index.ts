import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A seating plan file in the open shape: zones → rows → seats, positions in pixels, each relative to its parent. */
export interface SeatingPlanFile {
  name: string;
  size: { width: number; height: number };
  categories: { name: string; color?: string }[];
  zones: { name: string; position: Position; rows: { row_number: string; position: Position; seats: PlanSeat[] }[] }[];
  admissionAreas?: { name: string; category: string; capacity: number }[];
}
type Position = { x: number; y: number };
type PlanSeat = { seat_guid: string; seat_number: string; position: Position; category: string; kind?: 'accessible' | 'companion' };

/** The real hall of the demo: Paraninfo, Universidad de La Laguna, 603 seats, odd numbers right and even numbers left of the centre aisle. */
export const paraninfo = (): SeatingPlanFile => JSON.parse(readFileSync(path.join(import.meta.dirname, '../data/paraninfo.json'), 'utf8'));

const rowsPerBlock = 25;
const seatsPerRow = 20;
const categoryOfRow = (row: number) => (row < 8 ? 'Lower' : row < 16 ? 'Middle' : 'Upper');

/** A synthetic bowl of about `seats` seats: blocks of 25 rows × 20 seats on a circle, at least four. The same size gives the same bytes. */
export function arena(seats: number): SeatingPlanFile {
  const blocks = Math.max(4, Math.round(seats / (rowsPerBlock * seatsPerRow)));
  const zones = Array.from({ length: blocks }, (_, block) => {
    const name = `Block ${100 + block}`;
    const angle = (2 * Math.PI * block) / blocks;
    return {
      name,
      position: { x: Math.round(6000 + 5000 * Math.cos(angle)), y: Math.round(6000 + 5000 * Math.sin(angle)) },
      rows: Array.from({ length: rowsPerBlock }, (_, row) => rowOf(name, row)),
    };
  });
  return {
    name: `Arena ${seats}`,
    size: { width: 12_000, height: 12_000 },
    categories: [{ name: 'Lower' }, { name: 'Middle' }, { name: 'Upper' }],
    zones,
  };
}

function rowOf(block: string, row: number) {
  const seats = Array.from({ length: seatsPerRow }, (_, seat) => ({
    seat_guid: createHash('sha256').update(`${block}/${row}/${seat}`).digest('hex').slice(0, 24),
    seat_number: String(seat + 1),
    position: { x: seat * 22, y: 0 },
    category: categoryOfRow(row),
  }));
  return { row_number: String(row + 1), position: { x: 0, y: row * 24 }, seats };
}
