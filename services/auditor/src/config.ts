import { kafkaSettingsOrNone } from '@boxoffice/messaging';
import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const database = (service: string) => z.string().min(1).describe(`Postgres URL of ${service}'s database; a role that may only SELECT is enough.`);
const milliseconds = (min: number, normal: number) => z.coerce.number().int().min(min).default(normal);

/** What compose needs, whoever composes: the databases to read, and how often. */
export const ComposeConfig = z.object({
  AUDIT_BOOKING_DATABASE_URL: database('booking'),
  AUDIT_IDENTITY_DATABASE_URL: z
    .string()
    .min(1)
    .describe(
      "Postgres URL of identity's database; a role that may SELECT from outbox, inbox and parked_messages is enough, and should see nothing else.",
    ),
  AUDIT_PAYMENT_DATABASE_URL: database('payment'),
  AUDIT_TICKETING_DATABASE_URL: database('ticketing'),
  AUDIT_ANALYTICS_DATABASE_URL: database('notification-analytics'),
  AUDIT_EVERY_MS: milliseconds(100, 30_000).describe('Pause between two looks, in milliseconds.'),
  AUDIT_FULL_EVERY_MS: milliseconds(0, 3_600_000).describe(
    'After how long everything is looked at again, in milliseconds; in between what was said since, and what is open.',
  ),
  AUDIT_GRACE_MS: milliseconds(0, 60_000).describe('What changed more recently is merely under way, in milliseconds.'),
  AUDIT_STATEMENT_TIMEOUT_MS: milliseconds(100, 5_000).describe('A statement that takes longer is cancelled, in milliseconds.'),
});

/** Environment of the auditor. */
export const Config = z.object({
  ...commonConfig,
  PORT: port.default(8006).describe('TCP port of /healthz and /readyz; there is no API.'),
  METRICS_PORT: port.default(9106).describe('TCP port of /metrics.'),
  ...ComposeConfig.shape,
  REDIS_URL: z.string().min(1).optional().describe('Redis with the seat locks; without it they are not looked at.'),
  ...kafkaSettingsOrNone('the depth of dead-letter topics is not known.'),
});

/** All that `verify` needs: public keys. */
export const VerifyConfig = z.object({ SERVICE_TRUST_FILE: commonConfig.SERVICE_TRUST_FILE });
