import { build, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './spec.ts';

/** A histogram of microseconds, up to two minutes. */
export const microseconds = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: 3 });

/** Its percentiles in milliseconds. */
export function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return { p50: at(50), p90: at(90), p99: at(99), max: histogram.maxValue / 1000 };
}
