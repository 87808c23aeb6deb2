import type { Scenario } from '../stage.ts';
import { bestAvailable } from './best-available.ts';
import { cost } from './cost.ts';
import { hot } from './hot.ts';
import { opening } from './opening.ts';
import { outbox } from './outbox.ts';
import { pay } from './pay.ts';
import { refusals } from './refusals.ts';
import { seatMapStorm } from './seat-map.ts';
import { spread } from './spread.ts';

/** Everything that is measured, in the order of the full run. */
export const scenarios: readonly Scenario[] = [spread, refusals, hot, bestAvailable, seatMapStorm, opening, pay, outbox, cost];
