import { inject, type ProvidedContext } from 'vitest';

function given<K extends keyof ProvidedContext>(name: K): ProvidedContext[K] {
  const value = inject(name);
  if (value === undefined || value.length === 0)
    throw new Error(`this run has no ${name}: name the file .int.test.ts or .e2e.test.ts, and see BOXOFFICE_TEST_ENGINES`);
  return value;
}

/** The PostgreSQL server of this test run. */
export function postgresServer(): { adminUrl: string; url(database: string): string } {
  const adminUrl = given('postgresAdminUrl');
  const url = (database: string) => {
    const address = new URL(adminUrl);
    address.pathname = `/${database}`;
    return address.href;
  };
  return { adminUrl, url };
}

/** The Redis server of this test run; keep to keys of your own, other files use it at the same time. */
export const redisUrl = (): string => given('redisUrl');

/** The Kafka broker of this test run; keep to topics or groups of your own. */
export const kafkaBrokers = (): string[] => given('kafkaBrokers');
