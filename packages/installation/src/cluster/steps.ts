import { doubleSaleAlarm, outboxAlarm } from './alarms.ts';
import { postgres, reinstall } from './data.ts';
import { deletions } from './deletions.ts';
import { drain } from './drain.ts';
import { helmTest } from './helm-test.ts';
import { install } from './install.ts';
import { journey } from './journey.ts';
import { reaper } from './reaper.ts';
import type { Step } from './runner.ts';
import { rollback, upgrade } from './upgrade.ts';
import { watch } from './watch.ts';

/** Everything an installation must do, in the order it is proven. */
export const steps: readonly Step[] = [
  install,
  helmTest,
  journey,
  watch,
  outboxAlarm,
  doubleSaleAlarm,
  reaper,
  deletions,
  drain,
  upgrade,
  rollback,
  postgres,
  reinstall,
];
