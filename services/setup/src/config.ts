import { serviceNames } from '@boxoffice/contracts';
import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

/** What a Secret of an installation is for: a process' own secrets, an engine's, the first account's, or the public keys of all. */
export const purposes = [...serviceNames, 'postgres', 'redis', 'administrator', 'trust'] as const;
export type Purpose = (typeof purposes)[number];

/** A JSON text in the environment, read by a schema. */
const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const { LOG_LEVEL } = commonConfig;

/** Environment of `setup secrets`. */
export const SecretsConfig = z.object({
  LOG_LEVEL,
  NAMESPACE: z.string().min(1).describe('Namespace of the installation.'),
  SECRETS: json(z.partialRecord(z.enum(purposes), z.string().min(1))).describe('Which Secret is for what, as JSON: {"booking":"boxoffice-booking"}.'),
  SECRETS_READ_ONLY: json(z.array(z.enum(purposes)))
    .prefault('[]')
    .describe('Secrets that somebody else keeps, as a JSON list of what they are for: checked, never written.'),
  ADMINISTRATOR_EMAIL: z.email().default('administrator@boxoffice.example').describe('Address of the first account.'),
});

const Owned = z.object({
  service: z.enum(['booking', 'identity', 'payment', 'ticketing', 'notification-analytics']),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  database: z.string().min(1),
  role: z.string().min(1),
});
/** A service's database and where it is to be. */
export type Owned = z.output<typeof Owned>;

/** Environment of `setup databases`. */
export const DatabasesConfig = z.object({
  LOG_LEVEL,
  DATABASES: json(z.array(Owned).min(1)).describe('Databases to be there, as JSON: [{service, host, port, database, role}].'),
  POSTGRES_USER: z.string().min(1).default('postgres').describe('Role that may create roles and databases.'),
  POSTGRES_PASSWORD: z.string().min(1).describe('Its password.'),
  PASSWORDS_FOLDER: z
    .string()
    .default('/run/secrets/databases')
    .describe('Folder with a file per role that holds its password: booking, …, and auditor where there is one.'),
  WAIT_MS: z.coerce.number().int().min(1_000).default(300_000).describe('How long to wait for PostgreSQL, and then for tables, in milliseconds.'),
});

/** Environment of `setup topics`. */
export const TopicsConfig = z.object({
  LOG_LEVEL,
  ...kafkaSettings,
  KAFKA_REPLICATION_FACTOR: z.coerce
    .number()
    .int()
    .min(1)
    .max(15)
    .optional()
    .describe("Copies of each new topic; without it the brokers' own default."),
  WAIT_MS: z.coerce.number().int().min(1_000).default(300_000).describe('How long to wait for Kafka, in milliseconds.'),
});
