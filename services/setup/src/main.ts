import { ensureTopics, kafkaConnection } from '@boxoffice/messaging';
import { ConfigFault, createLogger, loadConfig } from '@boxoffice/service-kit';
import { DatabasesConfig, SecretsConfig, TopicsConfig } from './config.ts';
import { ensureDatabases } from './databases.ts';
import { fillSecrets } from './secrets/fill-secrets.ts';
import { clusterSecrets } from './secrets/secret-store.ts';
import { until } from './until.ts';

const loggerOf = (level: string) => createLogger({ service: 'setup', level });

const targets: Record<string, () => Promise<unknown>> = {
  async secrets() {
    const config = loadConfig(SecretsConfig);
    await fillSecrets({ store: clusterSecrets(config.NAMESPACE), logger: loggerOf(config.LOG_LEVEL) }, config);
  },
  async databases() {
    const config = loadConfig(DatabasesConfig);
    await ensureDatabases(config, loggerOf(config.LOG_LEVEL));
  },
  async topics() {
    const config = loadConfig(TopicsConfig);
    const logger = loggerOf(config.LOG_LEVEL);
    const wanted = { ...kafkaConnection(config), logger, replicationFactor: config.KAFKA_REPLICATION_FACTOR };
    logger.info({ created: await until(config.WAIT_MS, 'Kafka', () => ensureTopics(wanted)) }, 'topics are there');
  },
};

/** `setup secrets | databases | topics`: once each, then it ends; code 2 when word or environment is wrong, 1 when it fails. */
async function main(target: string): Promise<number> {
  const run = Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (!run) {
    process.stderr.write(
      `usage: setup TARGET\n\nTargets of setup:\n${Object.keys(targets)
        .map((word) => `  ${word}\n`)
        .join('')}`,
    );
    return 2;
  }
  try {
    await run();
    return 0;
  } catch (error) {
    if (error instanceof ConfigFault) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    loggerOf('info').fatal({ err: error, target }, 'failed');
    return 1;
  }
}

process.exit(await main(process.argv[2] ?? ''));
