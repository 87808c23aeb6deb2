import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig, keyRingOf, SecretKey } from '@boxoffice/service-kit';
import { z } from 'zod';
import { organisationCreationRules } from './domain/organisation.ts';

const whole = (min: number, max: number) => z.coerce.number<number | string>().int().min(min).max(max);

/** What the service itself is set up by; a composition root may give it directly. Secrets have no defaults. */
export const ComposeConfig = z.object({
  DATABASE_URL: z.url().describe("identity's own PostgreSQL database: postgres://user:password@host:5436/identity."),
  DATABASE_POOL_MAX: whole(1, 100).default(10).describe('Database connections of one process, at most.'),
  PERSONAL_DATA_KEYS: z
    .string()
    .refine((json) => keyRingOf(json) !== undefined, 'must be JSON of key id → 32 bytes in base64')
    .describe('Secret. Keys of e-mail addresses, names and signing keys, as JSON: {"k1":"<32 bytes in base64>"}. Keep old keys while rows use them.'),
  PERSONAL_DATA_KEY_ID: z.string().min(1).describe('Id of the key that new rows are encrypted with.'),
  BLIND_INDEX_KEY: SecretKey.describe('Secret, 32 bytes in base64. Finds accounts by address; cannot be changed while there are accounts.'),
  PASSWORD_PEPPER: SecretKey.describe('Secret, 32 bytes in base64. Part of every password hash; cannot be changed while there are accounts.'),
  BCRYPT_COST: whole(4, 16).default(12).describe('Work factor of password hashes, as a power of two; below 12 for tests only.'),
  PASSWORD_CONCURRENCY: whole(1, 64).default(2).describe('Passwords hashed at the same time; more than there are cores gains nothing.'),
  PASSWORD_QUEUE: whole(0, 10_000).default(64).describe('Passwords that may wait for their turn; the next is refused with OVERLOADED.'),
  ACCESS_TOKEN_TTL_S: whole(10, 3600).default(600).describe('Life of an access token, in seconds; changed roles take effect within it.'),
  REFRESH_TOKEN_TTL_S: whole(60, 31_536_000).default(2_592_000).describe('Life of a refresh token, in seconds; each use gives a new one.'),
  ORGANISATION_CREATION: z
    .enum(organisationCreationRules)
    .default('first-account')
    .describe('Who may create organisations: the first account of the installation, or anyone with an account.'),
  FIRST_ACCOUNT_EMAIL: z.string().optional().describe('Address of the first account, registered at the first start, before visitors can come in.'),
  FIRST_ACCOUNT_PASSWORD: z.string().optional().describe('Secret. Its password, 10 to 200 characters; no longer read once there is an account.'),
});
export type ComposeConfig = z.input<typeof ComposeConfig>;

/** The environment of the identity process. */
export const Config = z.object({
  ...commonConfig,
  PORT: whole(0, 65_535).default(8002).describe('TCP port of the API.'),
  METRICS_PORT: whole(0, 65_535).default(9102).describe('TCP port of /metrics.'),
  ...kafkaSettings,
  ...ComposeConfig.shape,
});
