import { helmTest } from './helm-test.ts';
import { install } from './install.ts';
import type { Step } from './runner.ts';

/** Everything an installation must do, in the order it is proven. */
export const steps: readonly Step[] = [install, helmTest];
