import type { Hall, HallRow, Run } from './hall.ts';

/** `quantity` neighbours, `accessible` of them wheelchair places; all of one category when it is named. */
export type Wish = { quantity: number; category?: string | undefined; accessible: number };

/** Which seats of a hall a group would get; positions in the seat map. */
export interface Chooser {
  /** The best seats for this wish, or undefined when no such neighbours are free. */
  find(wish: Wish): number[] | undefined;
  /** The same, and they are not free any more. */
  take(wish: Wish): number[] | undefined;
}

/** A row this far behind is about as good, when sitting there spares somebody a single seat. */
const rowsAboutAsGood = 2;

/**
 * Chooses by these rules, in this order. Rows in plan order: the first that has fitting neighbours, or one of the next two of its section with the same
 * categories, if that is kinder. Kinder is: companion seats go to companions; no seat is left alone between others; the nearer row; a gap is filled
 * rather than cut. Seats of a group stand in one run, one beside the other. Wheelchair places are given only to those who ask, exactly as many as they
 * ask for; companion seats to others only when nothing else is free in the whole hall.
 * `free` has one character per seat, '1' for free.
 */
export function chooserOver(hall: Hall, free: string): Chooser {
  const open = Uint8Array.from(free, (seat) => (seat === '1' ? 1 : 0));
  const find = searchOver(hall, open);
  return {
    find,
    take(wish) {
      const seats = find(wish);
      for (const at of seats ?? []) open[at] = 0;
      return seats;
    },
  };
}

/** The largest smaller group that could sit together, with as many wheelchair places and in the category of the wish; 0 when there is none. */
export function mostTogether(chooser: Chooser, wish: Wish): number {
  for (let quantity = wish.quantity - 1; quantity >= Math.max(1, wish.accessible); quantity -= 1)
    if (chooser.find({ ...wish, quantity })) return quantity;
  return 0;
}

/** `strangers`: seats whose kind is meant for others, or that are not what companions are given first; `alone`: seats left without a neighbour; `pieces`: what is left of the gap. */
type Fit = { from: number; row: number; strangers: number; alone: number; pieces: number };
type Hunt = { hall: Hall; open: Uint8Array; wish: Wish; companionSeats: boolean };

function searchOver(hall: Hall, open: Uint8Array): (wish: Wish) => number[] | undefined {
  // Seats are only taken from here on: a row that had nothing for a wish never has. Without this 64 groups read a full arena 64 times.
  const firstRows = new Map<string, number>();
  const best = (wish: Wish, companionSeats: boolean): Fit | undefined => {
    const key = `${wish.quantity} ${wish.accessible} ${companionSeats} ${wish.category ?? ''}`;
    const hunt = { hall, open, wish, companionSeats };
    for (let row = firstRows.get(key) ?? 0; row < hall.rows.length; row += 1) {
      const fit = bestInRow(hunt, row);
      firstRows.set(key, fit ? row : row + 1);
      if (fit) return kindest(hunt, fit);
    }
    return undefined;
  };
  return (wish) => {
    const fit = wish.accessible > 0 ? best(wish, true) : (best(wish, false) ?? best(wish, true));
    return fit && Array.from({ length: wish.quantity }, (_, n) => fit.from + n);
  };
}

/** The fit itself, or a kinder one a little behind it. */
function kindest(hunt: Hunt, first: Fit): Fit {
  const { rows } = hunt.hall;
  let best = first;
  for (let row = first.row + 1; row <= first.row + rowsAboutAsGood && (best.alone > 0 || best.strangers > 0); row += 1) {
    if (rows[row]?.section !== rows[first.row]?.section) break;
    const fit = bestInRow(hunt, row);
    if (fit && sameCategories(hunt, first, fit) && isBetter(fit, best)) best = fit;
  }
  return best;
}

function sameCategories({ hall: { seats }, wish }: Hunt, one: Fit, other: Fit): boolean {
  for (let n = 0; n < wish.quantity; n += 1) if (seats[one.from + n]?.category !== seats[other.from + n]?.category) return false;
  return true;
}

function isBetter(fit: Fit, than: Fit): boolean {
  if (fit.strangers !== than.strangers) return fit.strangers < than.strangers;
  if (fit.alone !== than.alone) return fit.alone < than.alone;
  return fit.row === than.row && fit.pieces < than.pieces;
}

function bestInRow(hunt: Hunt, row: number): Fit | undefined {
  const runs: HallRow['runs'] = hunt.hall.rows[row]?.runs ?? [];
  let best: Fit | undefined;
  for (const run of runs)
    for (let from = run.from; from + hunt.wish.quantity <= run.to; from += 1) {
      const strangers = strangersAmong(hunt, from);
      if (strangers === undefined) continue;
      const fit = { from, row, strangers, ...leftBy(hunt, run, from) };
      if (!best || isBetter(fit, best)) best = fit;
    }
  return best;
}

/** Undefined: these seats do not fit. Otherwise how many of them are not of the kind that this group is given first. */
function strangersAmong({ hall: { seats }, open, wish, companionSeats }: Hunt, from: number): number | undefined {
  let accessible = 0;
  let companion = 0;
  for (let at = from; at < from + wish.quantity; at += 1) {
    const seat = seats[at];
    if (!open[at] || !seat || (wish.category !== undefined && seat.category !== wish.category)) return undefined;
    if (seat.kind === 'accessible') accessible += 1;
    else if (seat.kind === 'companion') companion += 1;
    if (accessible > wish.accessible || (companion > 0 && !companionSeats)) return undefined;
  }
  if (accessible !== wish.accessible) return undefined;
  return accessible > 0 ? wish.quantity - accessible - companion : companion;
}

/** What the free seats on both sides come to when these are gone; a wheelchair place is no neighbour that could be sold to the same group. */
function leftBy({ hall: { seats }, open, wish }: Hunt, run: Run, from: number): { alone: number; pieces: number } {
  const sellable = (at: number) => at >= run.from && at < run.to && open[at] === 1 && seats[at]?.kind !== 'accessible';
  const side = (next: number, beyond: number) => (!sellable(next) ? 0 : sellable(beyond) ? 1 : 2);
  const sides = [side(from - 1, from - 2), side(from + wish.quantity, from + wish.quantity + 1)];
  return { alone: sides.filter((left) => left === 2).length, pieces: sides.filter((left) => left > 0).length };
}
