/** Where a seat stands, in pixels. */
export type Point = { x: number; y: number };
/** A seat's place in its row: `index` is where it stood in the file, `place` its order along the row, `runNo` counts up after every gap. */
export type Place = { index: number; runNo: number; place: number };

/** A gap this many times the row's usual spacing is an aisle: the people beside it do not sit together. */
const gapFactor = 1.5;

/**
 * Orders the seats of one row along its longer axis and breaks it into runs of neighbours. Position decides, never the number on the seat:
 * halls number odd and even sides, and 1 and 2 face each other across the aisle. Usual spacing is the median distance of neighbours.
 */
export function placesOf(points: readonly Point[]): Place[] {
  const axis = spanOf(points, 'x') >= spanOf(points, 'y') ? 'x' : 'y';
  const sorted = points.map((point, index) => ({ point, index })).sort((a, b) => a.point[axis] - b.point[axis]);
  const distances = sorted.map(({ point }, place) => distance(sorted[place - 1]?.point ?? point, point));
  const ordered = distances.slice(1).sort((a, b) => a - b);
  const usual = ordered[ordered.length >> 1] ?? 0;
  let runNo = 0;
  return sorted.map(({ index }, place) => {
    if (place > 0 && (distances[place] ?? 0) > gapFactor * usual) runNo += 1;
    return { index, runNo, place };
  });
}

function spanOf(points: readonly Point[], axis: 'x' | 'y'): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    low = Math.min(low, point[axis]);
    high = Math.max(high, point[axis]);
  }
  return high - low;
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
