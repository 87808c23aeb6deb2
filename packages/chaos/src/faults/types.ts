import type { Chance } from '@boxoffice/testing/chance';
import type { World } from '../world.ts';

/** A way to harm a running system, and how to end it. */
export type Fault = {
  /** Its class in the list of faults: 'F1'. */
  class: string;
  name: string;
  /** What may be seen meanwhile. */
  seen: string;
  /** How long it may last, in milliseconds. */
  lasts: [number, number];
  /** Begins it; answers what it hit and how it ends. Ending must work whatever happened meanwhile. */
  begin(world: World, chance: Chance): Promise<{ on: string; end: () => Promise<void> }>;
};
