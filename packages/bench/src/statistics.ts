/** The middle of some figures; of an even number the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = low] = [sorted[Math.max(0, Math.ceil(sorted.length / 2) - 1)], sorted[half]];
  return (low + high) / 2;
}

/** How far the figures lie apart, as a share of their median: 0.1 is ±5 %. */
export const spread = (figures: readonly number[]): number =>
  figures.length === 0 ? 0 : (Math.max(...figures) - Math.min(...figures)) / (median(figures) || 1);

/** Three digits are all that a noisy machine is good for. */
export const rounded = (figure: number): number => Number(figure.toPrecision(3));
