import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const address = (port: number, what: string) => z.url().default(`http://127.0.0.1:${port}`).describe(`Where ${what} answers.`);
const perWindow = (points: number, what: string) => z.coerce.number().int().min(1).default(points).describe(what);

/** Limits and public face; standalone uses these too. */
export const frontDoorConfig = {
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe('Comma-separated origins whose pages may call the API; empty: none.'),
  TRUST_PROXY: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How many proxies in front may tell the address of the customer (X-Forwarded-For).'),
  LIMIT_WINDOW_S: z.coerce.number().int().min(1).max(3600).default(10).describe('Window of the request limits, in seconds.'),
  LIMIT_CUSTOMER: perWindow(200, 'Calls one user may make per window.'),
  LIMIT_ANONYMOUS: perWindow(600, 'Calls without a token from one address per window.'),
  LIMIT_CREDENTIALS: perWindow(60, 'Registrations and log-ins from one address per window; each costs a bcrypt hash.'),
};

export const Config = z.object({
  ...commonConfig,
  ...frontDoorConfig,
  PORT: z.coerce.number().int().default(8000).describe('Port of the public API.'),
  METRICS_PORT: z.coerce.number().int().default(9100).describe('Port of /metrics.'),
  REDIS_URL: z.string().optional().describe('Redis that the replicas share their limits through; without it each process counts for itself.'),
  IDENTITY_URL: address(8002, 'identity'),
  BOOKING_URL: address(8001, 'booking'),
  PAYMENT_URL: address(8003, 'payment'),
  TICKETING_URL: address(8004, 'ticketing'),
  ANALYTICS_URL: address(8005, 'notification-analytics'),
  CALL_DEADLINE_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(15_000)
    .describe('How long a forwarded call may take, in milliseconds; uploads get four times as long.'),
  MAX_CALLS: z.coerce.number().int().min(1).default(2_000).describe('Forwarded calls under way at once; beyond it the answer is 503.'),
  MAX_STREAMS: z.coerce.number().int().min(1).default(2_000).describe('Forwarded streams open at once; beyond it the answer is 503.'),
});
export type Config = z.output<typeof Config>;
export type FrontDoorConfig = Pick<Config, keyof typeof frontDoorConfig>;
