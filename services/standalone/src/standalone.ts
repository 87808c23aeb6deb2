import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { appRouter } from '@boxoffice/contracts';
import { frontDoor } from '@boxoffice/gateway/compose';
import {
  asService,
  createCallerReader,
  createLogger,
  createMetrics,
  exitOnUncaught,
  httpServer,
  type Logger,
  type Metrics,
  metricsServer,
  runParts,
  stopOnSignals,
} from '@boxoffice/service-kit';
import { printReady } from './banner.ts';
import type { Config } from './config.ts';
import { type Demo, seedDemo } from './demo-seed.ts';
import { type Engines, startEngines } from './engines.ts';
import { logFile } from './log-file.ts';
import { installationSecrets, keep, keptOnce } from './secrets.ts';
import { composeServices, migrateAll } from './services.ts';

/** Starts everything, prints how to use it, and stops in order on SIGTERM or Ctrl-C. */
export async function runStandalone(config: Config): Promise<void> {
  const folder = path.resolve(config.DATA_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const logger = createLogger({ service: 'standalone', level: config.LOG_LEVEL, destination: logFile(path.join(folder, 'boxoffice.log')) });
  const metrics = createMetrics('standalone');
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step().catch((err) => logger.error({ err }, 'stopping'));
  };
  exitOnUncaught(logger);
  stopOnSignals({ logger, drainMs: config.DRAIN_MS + 10_000, stop });
  try {
    const engines = await startEngines(config, { logger, metrics });
    stops.push(engines.close);
    await migrateAll(engines);
    const url = await serve(config, { folder, engines, logger, metrics, stops });
    const demo = config.DEMO ? await demoAt(url, path.join(folder, 'demo.json')) : undefined;
    printReady({ url, folder, engines: engines.told, demo, mails: config.SMTP_URL ? undefined : path.join(folder, 'mails') });
  } catch (error) {
    await stop(); // the embedded Postgres must not outlive a failed start
    throw error;
  }
}

/** The demo of this data folder, made at its first start; its file tells where it answers now. */
async function demoAt(url: string, file: string): Promise<Demo> {
  const demo = await keptOnce<Demo>(file, () => seedDemo(url));
  if (demo.url !== url) await keep(file, { ...demo, url });
  return { ...demo, url };
}

type Serving = { folder: string; engines: Engines; logger: Logger; metrics: Metrics; stops: (() => Promise<void>)[] };

async function serve(config: Config, { folder, engines, logger, metrics, stops }: Serving): Promise<string> {
  const secrets = await installationSecrets(folder);
  const { parts, api, routes } = await composeServices({ config, engines, secrets, mailFolder: path.join(folder, 'mails'), logger, metrics });
  const running = runParts(parts, { logger, metrics });
  stops.push(running.stop);
  const reader = createCallerReader({ audience: 'gateway', jwks: () => api.identity.jwks({}, asService('gateway')), trusted: new Map() });
  const door = frontDoor(config, { callers: reader, redis: engines.redis, logger });
  const http = httpServer({
    name: 'standalone',
    router: appRouter,
    api,
    routes,
    before: door.before,
    callers: door.callers,
    logger,
    metrics,
    ready: running.ready,
    drainMs: config.DRAIN_MS,
  });
  stops.push(http.close);
  if (config.METRICS_PORT !== undefined) stops.push((await metricsServer({ metrics, port: config.METRICS_PORT, host: config.HOST, logger })).close);
  await running.started;
  return http.listen(config.PORT, config.HOST);
}
