import { calm } from './cpu.ts';
import type { LoadResult } from './loader/index.ts';
import { median, spread } from './statistics.ts';

/** One measurement: how much per second, and what is known beside it. */
export type Measured = { perSecond: number; load?: LoadResult; cpu?: Record<string, number> };

/** Something that is measured again and again, in turn with the others, so that a noisy minute hits all of them. */
export type Lane = { name: string; measure(round: number): Promise<Measured> };

/** What the rounds gave. */
export interface Figures {
  /** The middle of a lane's rounds, per second. */
  median(lane: string): number;
  /** How far they lie apart, as a share of their median. */
  spread(lane: string): number;
  rounds(lane: string): readonly Measured[];
}

/** Measures all lanes in turn, `rounds` times. */
export async function inTurn(lanes: readonly Lane[], rounds: number, say: (text: string) => void): Promise<Figures> {
  const all = new Map<string, Measured[]>(lanes.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const lane of lanes) {
      await calm();
      const measured = await lane.measure(round);
      all.get(lane.name)?.push(measured);
      say(`round ${round + 1} of ${rounds}: ${lane.name} ${Math.round(measured.perSecond)}/s${told(measured)}`);
    }
  }
  const of = (lane: string) => all.get(lane) ?? [];
  const perSecond = (lane: string) => of(lane).map((measured) => measured.perSecond);
  return { median: (lane) => median(perSecond(lane)), spread: (lane) => spread(perSecond(lane)), rounds: of };
}

function told({ load, cpu }: Measured): string {
  if (!load) return '';
  const used = Object.entries(cpu ?? {}).filter(([, cores]) => cores >= 0.05);
  return ` · p99 ${load.latency.p99.toFixed(1)} ms · ${JSON.stringify(load.answers)} · cores ${used.map(([name, cores]) => `${name} ${cores.toFixed(2)}`).join(', ')}`;
}
