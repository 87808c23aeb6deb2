/**
 * `npm test`: gets the engines, runs every suite, ends with `N passed, N failed[, N skipped]`. Where an engine cannot be had, says which
 * suites are left out and why; under CI=true that is a failure. Arguments go to vitest: `npm test -- services/booking`.
 */
import { prepareKafka } from '@boxoffice/testing/kafka';
import { prepareRedis } from '@boxoffice/testing/redis';
import { endWith, runVitest } from './vitest.ts';

/** Names of the engines that cannot be had here, with why. */
async function missingEngines(): Promise<string[]> {
  const engines = { Redis: prepareRedis, Kafka: prepareKafka };
  const outcomes = await Promise.all(
    Object.entries(engines).map(([name, prepare]) =>
      prepare().then(
        () => undefined,
        (error: Error) => `${name}: ${error.message}`,
      ),
    ),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

const missing = await missingEngines();
for (const words of missing) console.log(`Not to be had here – ${words}`);
if (missing.length) console.log('Left out: every .int.test.ts and .e2e.test.ts, for they need Postgres, Redis and Kafka.');
const { passed, failed, skipped } = await runVitest(['--project', missing.length ? 'unit' : '!charts', ...process.argv.slice(2)]);
const unmet = process.env.CI === 'true' && (missing.length > 0 || skipped > 0);
if (unmet) console.log('Under CI=true nothing may be skipped.');
endWith({ passed, failed: failed + (unmet ? 1 : 0), skipped });
