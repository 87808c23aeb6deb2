import { connect, plansByIndex } from '@boxoffice/postgres';
import { ConfigFault, type Job, type Logger, type Route } from '@boxoffice/service-kit';
import type { ComposeConfig } from '../config.ts';
import type { PaymentProvider } from './provider.ts';
import { createTestProvider } from './test-provider.ts';
import { challengeRoutes } from './test-provider-challenges.ts';
import { controlApi } from './test-provider-control-api.ts';
import { controlsOf, underControls } from './test-provider-controls.ts';
import { deliverEvents, purgeEvents } from './test-provider-events.ts';

type Config = Pick<
  ComposeConfig,
  | 'DATABASE_URL'
  | 'TEST_PROVIDER_LATE_MS'
  | 'TEST_PROVIDER_PUBLIC_URL'
  | 'TEST_PROVIDER_CONTROL_TOKEN'
  | 'TEST_PROVIDER_WEBHOOK_URL'
  | 'TEST_PROVIDER_WEBHOOK_SECRET'
>;

/** The test provider with all it shows to the outside: its pages, its control API, its webhooks. */
export interface TestProviderWorld {
  provider: PaymentProvider;
  routes: Route[];
  jobs: Job[];
  close(): Promise<void>;
}

/**
 * It stands for the outside world, so it has connections of its own, as a real provider would. Its controls are looked at only where somebody can set
 * them, its events are written only where somebody hears them. Throws a ConfigFault for webhooks without a secret.
 */
export async function testProviderWorld(config: Config, { logger }: { logger: Logger }): Promise<TestProviderWorld> {
  const target = targetIn(config);
  const token = config.TEST_PROVIDER_CONTROL_TOKEN;
  const books = await connect({
    url: config.DATABASE_URL,
    entities: [],
    migrations: [],
    poolMax: 4,
    settings: plansByIndex,
    applicationName: 'test-provider',
  });
  const controls = controlsOf(books);
  const tells = target !== undefined;
  const plain = createTestProvider({ db: books, lateMs: config.TEST_PROVIDER_LATE_MS, publicUrl: config.TEST_PROVIDER_PUBLIC_URL, tells });
  return {
    provider: token === undefined ? plain : underControls(plain, controls),
    routes: [...challengeRoutes(books, tells), ...controlApi({ books, controls, token })],
    jobs: target ? [deliverEvents({ books, target, controls, logger }), purgeEvents(books)] : [],
    close: () => books.close(),
  };
}

function targetIn({ TEST_PROVIDER_WEBHOOK_URL: url, TEST_PROVIDER_WEBHOOK_SECRET: secret }: Config) {
  if (url === undefined) return undefined;
  if (secret === undefined) throw new ConfigFault('TEST_PROVIDER_WEBHOOK_URL needs a TEST_PROVIDER_WEBHOOK_SECRET to sign with.');
  return { url, secret };
}
