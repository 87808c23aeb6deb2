import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig, keyRingOf } from '@boxoffice/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1).max(600_000);
const secret = z.string().min(16).max(200).optional();

const parts = {
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  RECONCILE_EVERY_MS: milliseconds.default(2_000).describe('Pause between two looks for undecided payments, in milliseconds.'),
  PROVIDER_DEADLINE_MS: milliseconds.max(10_000).default(3_000).describe('How long the payment provider may take to answer, in milliseconds.'),
  PROVIDER_ABSENT_AFTER_MS: milliseconds
    .default(10_000)
    .describe('After how long an authorisation the provider has never seen is given up, in milliseconds; longer than a request can travel.'),
  DRIVER_LEASE_MS: milliseconds
    .default(15_000)
    .describe('How long a payment stays with a driver that says nothing, in milliseconds; longer than any deadline.'),
  CONFIRM_ANSWER_MS: milliseconds
    .default(4_000)
    .describe('How long a confirming customer waits for the outcome before the answer is PENDING, in milliseconds.'),
  PAYMENT_SECRETS_KEYS: z
    .string()
    .refine((json) => keyRingOf(json) !== undefined, 'must be JSON of key id → 32 bytes in base64')
    .optional()
    .describe(
      'Secret. Keys of payment accounts, as JSON: {"k1":"<32 bytes in base64>"}; needed once there is an account. Keep old keys while rows use them.',
    ),
  PAYMENT_SECRETS_KEY_ID: z.string().min(1).optional().describe('Id of the key that new secrets of payment accounts are encrypted with.'),
  STRIPE_API_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://api.stripe.com')
    .describe("Where Stripe's API answers."),
  TEST_PROVIDER: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether organisations without a payment account are paid through the test provider, which moves no money.'),
  MAX_UNPAID_PER_EVENT: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('How many payments of one event a customer may have that wait for money by hand.'),
  REFUNDS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe('Refunds of cancelled events that all replicas together ask for in a second.'),
  TEST_PROVIDER_LATE_MS: milliseconds.default(2_000).describe("After how long the test provider approves its 'approved late' card, in milliseconds."),
  TEST_PROVIDER_PUBLIC_URL: z
    .url()
    .default('http://127.0.0.1:8000')
    .transform((url) => url.replace(/\/$/, ''))
    .describe('Where customers reach the pages of the test provider: the address of the API.'),
  TEST_PROVIDER_CONTROL_TOKEN: secret.describe('Lets who sends it tell the test provider what to do wrong; without one nobody can.'),
  TEST_PROVIDER_WEBHOOK_URL: z.url().optional().describe('Where the test provider sends its events; without one it tells nobody.'),
  TEST_PROVIDER_WEBHOOK_SECRET: secret.describe(
    'What the test provider signs its webhooks with, and what they are checked by; without it none is taken.',
  ),
};

/** What compose needs, whoever composes. */
export const ComposeConfig = z.object(parts);
export type ComposeConfig = z.output<typeof ComposeConfig>;

/** Environment of the payment process. */
export const Config = z.object({
  ...commonConfig,
  PORT: port.default(8003).describe('TCP port of the API.'),
  METRICS_PORT: port.default(9103).describe('TCP port of /metrics.'),
  BOOKING_GRPC: z.string().default('127.0.0.1:9001').describe("host:port of booking's SeatAllocationService."),
  BOOKING_DEADLINE_MS: milliseconds.max(10_000).default(3_000).describe('How long booking may take to answer, in milliseconds.'),
  TICKETING_URL: z
    .url()
    .default('http://127.0.0.1:8004')
    .describe('Where ticketing answers: asked to end the tickets of a refund, and for the tickets of an order.'),
  ...kafkaSettings,
  ...parts,
});
