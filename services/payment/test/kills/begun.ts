import type { PaymentProcess, Stage } from '../stage.ts';
import type { Work } from './victim.ts';

/** What payments of one kind are about when a process is killed with them. */
export interface Begun {
  /** What the process is told to do. */
  work: Work;
  /** Happens when its payment is there and not confirmed. */
  created(): Promise<void>;
  /** A healthy process finishes what the dead one began; answers how it ended, throws when anything does not add up. */
  settled(): Promise<string>;
  /** How it ends when nobody is killed. */
  ends: string;
}

/** Where it happens. */
export interface Ground {
  stage: Stage;
  healthy: PaymentProcess;
}
