import { frontDoorConfig } from '@boxoffice/gateway/compose';
import { kafkaSettingsOrNone } from '@boxoffice/messaging';
import { z } from 'zod';

const flag = (value: boolean) =>
  z
    .enum(['true', 'false'])
    .default(value ? 'true' : 'false')
    .transform((text) => text === 'true');

/** Everything standalone can be told; nothing has to be. */
export const Config = z.object({
  ...frontDoorConfig,
  PORT: z.coerce.number().int().min(0).max(65535).default(8000).describe('Port of the public API.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 lets other machines in.'),
  METRICS_PORT: z.coerce.number().int().optional().describe('Port of /metrics; without it there is none.'),
  DATA_FOLDER: z.string().default('.data/standalone').describe('Database, secrets, demo credentials, mails and log; relative to the project.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('What goes to boxoffice.log in the data folder.'),
  DATABASE_URL: z.string().optional().describe('A PostgreSQL server (≥ 16) whose role may create databases, instead of the embedded one.'),
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/)
    .default('boxoffice')
    .describe('The five databases are named <prefix>_booking and so on.'),
  REDIS_URL: z.string().optional().describe('Redis for seat locks and limits, instead of in-process ones.'),
  ...kafkaSettingsOrNone('messages are delivered in process.'),
  SMTP_URL: z.string().optional().describe('Mail server; without it mails become files in the data folder.'),
  MAIL_FROM: z.string().default('Box Office <tickets@localhost>').describe('Sender of mails.'),
  HOLD_TTL_MS: z.coerce.number().int().min(1000).default(300_000).describe('How long a hold lasts, in milliseconds.'),
  ORGANISATION_CREATION: z.enum(['first-account', 'anyone']).default('first-account').describe('Who may create organisations.'),
  TEST_PROVIDER: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether organisations without a payment account are paid through the test provider, which moves no money.'),
  STRIPE_API_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://api.stripe.com')
    .describe("Where Stripe's API answers."),
  DEMO: flag(true).describe('Creates a demo organiser, customer, door account and event at the first start.'),
  TEST_PROVIDER_CONTROL_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe("Lets who sends it tell the test provider what to do wrong (payment's README); without one nobody can."),
  TEST_PROVIDER_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .max(200)
    .optional()
    .describe('What webhooks of the test provider are signed with and checked by; without it none is sent nor taken.'),
  PROVIDER_DEADLINE_MS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(3_000)
    .describe('How long the payment provider may take to answer, in milliseconds.'),
  DRAIN_MS: z.coerce.number().int().min(0).default(5_000).describe('How long requests under way may take at shutdown, in milliseconds.'),
});
export type Config = z.output<typeof Config>;
