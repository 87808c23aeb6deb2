import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(1);
const count = z.coerce.number().int().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

const parts = {
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  HOLD_TTL_MS: milliseconds.max(86_400_000).default(300_000).describe('How long a hold lasts, in milliseconds.'),
  PAYING_MS: milliseconds
    .max(86_400_000)
    .default(600_000)
    .describe('How long a hold is kept from the moment its payment begins, once, in milliseconds.'),
  HOLD_BATCH: count.max(256).default(64).describe('Holds per statement: more means more throughput and more latency.'),
  HOLD_BATCHES_IN_FLIGHT: count.max(8).default(2).describe('Statements of a kind under way at once.'),
  HOLD_QUEUE: count.default(5_000).describe('Holds that may wait for a statement; one more is answered 503.'),
  HOLD_DEADLINE_MS: milliseconds.default(2_000).describe('How long a hold may wait for a statement before it is answered 503, in milliseconds.'),
  HOLD_RATE: count.default(60).describe('Holds a customer may try per event in ten seconds.'),
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
  ...kafkaSettings,
  REDIS_URL: z
    .string()
    .optional()
    .describe('Redis for seat locks. Without it every process has its own: as correct, but losers of other processes reach Postgres.'),
  ...parts,
});
