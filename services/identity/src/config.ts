import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';
import { keyRingOf, SecretKey } from './crypto/personal-data.ts';
import { organisationCreationRules } from './domain/organisation.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().int().min(1);

const parts = {
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  PERSONAL_DATA_KEYS: z
    .string()
    .refine((json) => keyRingOf(json) !== undefined, 'must be JSON: {"<key id>":"<32 bytes in base64>"}')
    .describe('Keys of personal data and signing keys, as JSON; old ones stay until nothing is encrypted with them.')
    .meta({ secret: true }),
  PERSONAL_DATA_KEY_ID: z.string().min(1).describe('The key of PERSONAL_DATA_KEYS that encrypts from now on.'),
  BLIND_INDEX_KEY: SecretKey.describe('Finds e-mail addresses without reading them: 32 bytes in base64. Cannot be changed later.').meta({
    secret: true,
  }),
  PASSWORD_PEPPER: SecretKey.describe('Mixed into every password: 32 bytes in base64. Cannot be changed later.').meta({ secret: true }),
  ORGANISATION_CREATION: z
    .enum(organisationCreationRules)
    .default('first-account')
    .describe('Who may create organisations: the first account of the installation, or anyone.'),
  BCRYPT_COST: z.coerce.number().int().min(4).max(16).default(12).describe('Cost of a password hash: 12 is about 0.2 s; below 10 only for tests.'),
  BCRYPT_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(2).describe('Passwords hashed at once.'),
  BCRYPT_QUEUE: z.coerce.number().int().min(0).default(64).describe('Passwords waiting to be hashed; beyond it the answer is OVERLOADED.'),
  ACCESS_TOKEN_TTL_S: seconds.max(3600).default(600).describe('Life of an access token, in seconds; a change of roles takes effect within it.'),
  REFRESH_TOKEN_TTL_S: seconds.default(30 * 86_400).describe('Life of an unused refresh token, in seconds.'),
};

/** What compose needs, whoever composes. */
export const ComposeConfig = z.object(parts);

/** Environment of the identity process. */
export const Config = z.object({
  ...commonConfig,
  PORT: port.default(8002).describe('TCP port of the API.'),
  METRICS_PORT: port.default(9102).describe('TCP port of /metrics.'),
  ...parts,
});
