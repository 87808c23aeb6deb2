import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

const parts = {
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  HOLD_TTL_MS: milliseconds.max(86_400_000).default(300_000).describe('How long a hold lasts, in milliseconds.'),
  PAYING_MS: milliseconds
    .max(86_400_000)
    .default(600_000)
    .describe('How long a hold is kept from the moment its payment begins, once, in milliseconds.'),
  REAP_EVERY_MS: milliseconds.default(30_000).describe('Pause between two runs of the reaper, in milliseconds; holds never wait for it.'),
};

/** What compose needs, whoever composes. */
export const ComposeConfig = z.object(parts);

/** Environment of the booking process. */
export const Config = z.object({
  ...commonConfig,
  PORT: port.default(8001).describe('TCP port of the API.'),
  METRICS_PORT: port.default(9101).describe('TCP port of /metrics.'),
  GRPC_PORT: port.default(9001).describe('TCP port of SeatAllocationService, for payment.'),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .describe('Kafka brokers, host:port, separated by commas.'),
  REDIS_URL: z
    .string()
    .optional()
    .describe('Redis for seat locks. Without it every process has its own: as correct, but losers of other processes reach Postgres.'),
  ...parts,
});
