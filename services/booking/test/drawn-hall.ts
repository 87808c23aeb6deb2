import type { SeatKind } from '@boxoffice/contracts';
import { type Hall, type HallSeat, hallOf } from '../src/domain/hall.ts';

const kinds: Record<string, SeatKind> = { '.': 'standard', x: 'standard', A: 'accessible', a: 'accessible', C: 'companion', c: 'companion' };

/** A row as drawn: its section and category, and its seats. */
export type DrawnRow = { section?: string; category?: string; seats: string };
export type DrawnHall = { hall: Hall; free: string };

/**
 * A hall from drawings, best row first: `.` a free seat, `x` a taken one, `A` and `a` a free and a taken wheelchair place, `C` and `c` a companion seat, a blank
 * an aisle. Rows are of section and category 'S' unless they say otherwise.
 */
export function drawn(...rows: (string | DrawnRow)[]): DrawnHall {
  let free = '';
  const seats: HallSeat[] = [];
  rows.forEach((row, rowNo) => {
    const { section = 'S', category = 'S', seats: drawing } = typeof row === 'string' ? { seats: row } : row;
    drawing.split(' ').forEach((run, runNo) => {
      for (const seat of run) {
        seats.push({ seatId: `${seats.length}`, section, rowNo, runNo, category, kind: kinds[seat] ?? 'standard' });
        free += '.AC'.includes(seat) ? '1' : '0';
      }
    });
  });
  return { hall: hallOf(seats, new Set(seats.map((seat) => seat.category))), free };
}
