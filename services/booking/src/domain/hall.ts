import type { SeatKind } from '@boxoffice/contracts';

/** What never changes about a seat of an event. */
export type HallSeat = { seatId: string; section: string; rowNo: number; runNo: number; category: string; kind: SeatKind };
/** Neighbours without a gap between them: the seats `from` up to, not including, `to`, by their positions in the seat map. */
export type Run = { from: number; to: number };
/** A row with its runs; rows of one section have one `section`. */
export type HallRow = { section: number; runs: Run[] };
/** The seats of an event by position in the seat map, rows in plan order: sections as the plan lists them, in each the best row first. */
export type Hall = { seats: readonly HallSeat[]; rows: readonly HallRow[]; categories: ReadonlySet<string> };

/** Finds rows and runs in seats that stand in the order of the seat map. `categories` are all of the event's, also those nobody sits in. */
export function hallOf(seats: readonly HallSeat[], categories: Iterable<string>): Hall {
  const rows: HallRow[] = [];
  let section = -1;
  let before: HallSeat | undefined;
  for (const [at, seat] of seats.entries()) {
    if (seat.section !== before?.section) section += 1;
    const sameRow = seat.section === before?.section && seat.rowNo === before.rowNo;
    if (!sameRow) rows.push({ section, runs: [] });
    const runs = rows[rows.length - 1]?.runs ?? [];
    if (sameRow && seat.runNo === before?.runNo) lengthen(runs);
    else runs.push({ from: at, to: at + 1 });
    before = seat;
  }
  return { seats, rows, categories: new Set(categories) };
}

function lengthen(runs: Run[]): void {
  const last = runs[runs.length - 1];
  if (last) last.to += 1;
}
