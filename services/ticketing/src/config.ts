import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** Live streams of one process, where nothing else is said. */
export const defaultMaxStreams = 1000;

/** Environment of the ticketing process. */
export const Config = z.object({
  ...commonConfig,
  PORT: port.default(8004).describe('TCP port of the API.'),
  METRICS_PORT: port.default(9104).describe('TCP port of /metrics.'),
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  ...kafkaSettings,
  TICKET_KEY_SECRET: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'Give 32 random bytes in base64: openssl rand -base64 32')
    .describe('Secret, 32 bytes in base64, that closes the private keys of ticket codes in the database. Without it they are lost.'),
  MAX_STREAMS: z.coerce
    .number()
    .int()
    .min(1)
    .default(defaultMaxStreams)
    .describe('Live streams of tickets this process keeps open at once; more are refused.'),
});
