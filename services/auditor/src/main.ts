import { proceduresOver } from '@boxoffice/contracts';
import { deadLetterDepths, kafkaConnectionOrNone } from '@boxoffice/messaging';
import { connectRedis } from '@boxoffice/redis';
import { ConfigFault, runService } from '@boxoffice/service-kit';
import { Config, compose } from './compose.ts';
import { reportCommand, verifyCommand } from './report/commands.ts';
import { ReportRefused } from './report/report.ts';

/** A person asked for something that cannot be: plain words and a code, no log line. */
const orSay = (work: Promise<number>): Promise<never> =>
  work
    .catch((error: unknown) => {
      if (!(error instanceof ReportRefused || error instanceof ConfigFault)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    })
    .then((code) => process.exit(code));

if (process.argv[2] === 'verify') await orSay(verifyCommand(process.argv.slice(3)));
await runService({
  name: 'auditor',
  config: Config,
  router: proceduresOver<object>().router({}),
  compose: async (config, { logger, metrics }) => {
    const redis = config.REDIS_URL ? connectRedis({ url: config.REDIS_URL, logger, metrics, commandTimeoutMs: 1_000 }) : undefined;
    const kafka = kafkaConnectionOrNone(config);
    const part = await compose(config, {
      logger,
      metrics,
      redis,
      deadLetters: kafka && (() => deadLetterDepths({ ...kafka, clientId: 'auditor', logger })),
    });
    return { ...part, close: async () => void (await Promise.all([part.close(), redis?.close()])) };
  },
  targets: { report: (config) => orSay(reportCommand(config, process.argv.slice(3)).then(() => 0)) },
});
