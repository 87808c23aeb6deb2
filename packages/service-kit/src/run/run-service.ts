import type { ServiceName } from '@boxoffice/contracts';
import type { AnyTRPCRouter, inferRouterContext } from '@trpc/server';
import type { z } from 'zod';
import { asService } from '../callers/as-service.ts';
import { createCallerReader } from '../callers/caller-reader.ts';
import { loadServiceIdentity, type ServiceIdentity, type ServiceKeys } from '../callers/service-keys.ts';
import { jwksOf, type KeySetSource } from '../callers/user-keys.ts';
import { ConfigFault, loadConfig, type ServiceConfig } from '../config.ts';
import { httpServer } from '../http/server.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { observed } from '../observed.ts';
import { metricsServer } from './metrics-server.ts';
import type { Part, Platform } from './part.ts';
import { runParts } from './parts.ts';
import { exitOnUncaught, stopOnSignals } from './shutdown.ts';

type Schema = z.ZodObject & z.ZodType<ServiceConfig>;
export type ServiceOptions<S extends Schema, R extends AnyTRPCRouter> = {
  name: ServiceName;
  config: S;
  router: R;
  /** Builds the service; connects lazily. */
  compose: (config: z.output<S>, platform: Platform) => Promise<Part<Omit<inferRouterContext<R>, 'caller'>>>;
  /** Other things this image can do, by the word on the command line ('migrate', 'reap') and what follows it; each runs once, then the process ends. */
  targets?: Record<string, (config: z.output<S>, platform: Platform, args: readonly string[]) => Promise<void>>;
};

/**
 * A whole process: reads the environment, then does what the command line says – 'serve' (also without a word) or one of the targets.
 * Ends with code 2 when the word or the environment is wrong, 1 when it fails.
 */
export async function runService<S extends Schema, R extends AnyTRPCRouter>(options: ServiceOptions<S, R>): Promise<void> {
  const { argv } = process;
  const target = argv[2] ?? 'serve';
  const run = target === 'serve' ? undefined : Object.entries(options.targets ?? {}).find(([name]) => name === target)?.[1];
  if (target !== 'serve' && !run) return refuseToStart(usage(options));
  try {
    const config = loadConfig(options.config);
    const process = await processOf(options.name, config, target);
    if (!run) return await serve(options, config, process);
    await run(config, process.platform, argv.slice(3));
  } catch (error) {
    if (error instanceof ConfigFault) return refuseToStart(error.message);
    createLogger({ service: options.name, level: 'info' }).fatal({ err: error, target }, 'failed');
    process.exit(1);
  }
  process.exit(0);
}

function refuseToStart(words: string): never {
  process.stderr.write(`${words}\n`);
  process.exit(2);
}

const usage = ({ name, targets = {} }: { name: string; targets?: object }) =>
  `usage: node src/main.ts [target]\n\nTargets of ${name}:\n${['serve', ...Object.keys(targets)].map((word) => `  ${word}\n`).join('')}`;

type Process = { platform: Platform; keysFrom(source: KeySetSource): void };

async function processOf(name: ServiceName, config: ServiceConfig, target: string): Promise<Process> {
  const logger = createLogger({ service: name, level: config.LOG_LEVEL });
  exitOnUncaught(logger);
  const load = () => loadServiceIdentity({ name, keyFile: config.SERVICE_KEY_FILE, trustFile: config.SERVICE_TRUST_FILE });
  // A migration needs no key: its Job mounts none.
  const identity = target === 'serve' ? await load() : lazily(name, load);
  let jwks = jwksOf(config.IDENTITY_URL);
  const callers = createCallerReader({ audience: name, jwks: () => jwks(), trusted: identity.trusted });
  return {
    platform: { logger, metrics: createMetrics(name), callers, self: identity.self },
    keysFrom: (source) => {
      jwks = source;
    },
  };
}

function lazily(name: ServiceName, load: () => Promise<{ self: ServiceIdentity }>): { self: ServiceIdentity; trusted: ServiceKeys } {
  return { self: { name, tokenFor: async (...call) => (await load()).self.tokenFor(...call) }, trusted: new Map() };
}

async function serve<S extends Schema, R extends AnyTRPCRouter>(
  { name, router, compose }: ServiceOptions<S, R>,
  config: z.output<S>,
  { platform, keysFrom }: Process,
): Promise<void> {
  const { logger, metrics } = platform;
  let stop = async () => {};
  stopOnSignals({ logger, drainMs: config.DRAIN_MS, stop: () => stop() });
  const part = await compose(config, platform);
  const api = watched(part.api, platform);
  if (isKeyService(api)) keysFrom(() => api.identity.jwks({}, asService(name))); // identity asks itself without the network
  const parts = runParts([part], platform);
  const http = httpServer({
    name,
    router,
    api,
    routes: part.routes,
    before: part.before ?? [],
    ...(part.hot && { hot: part.hot }),
    callers: part.callers ?? platform.callers,
    logger,
    metrics,
    ready: parts.ready,
    drainMs: config.DRAIN_MS,
    idleGraceMs: config.IDLE_GRACE_MS,
  });
  const scrape = await metricsServer({ metrics, port: config.METRICS_PORT, host: config.HOST, logger });
  stop = async () => {
    await http.close();
    await parts.stop();
    await scrape.close();
  };
  const url = await http.listen(config.PORT, config.HOST);
  logger.info({ url, metricsPort: scrape.port }, `${name} listens`);
  await parts.started;
  logger.info('workers and jobs run');
}

/** Every namespace, watched. */
function watched<Api extends object>(api: Api, platform: Platform): Api {
  return Object.fromEntries(
    Object.entries(api).map(([namespace, implementation]) => [namespace, observed(namespace, implementation, platform)]),
  ) as Api; // the same keys
}

type KeyService = { identity: { jwks(input: object, caller: ReturnType<typeof asService>): Promise<{ keys: object[] }> } };
const isKeyService = (api: object): api is KeyService => 'identity' in api;
