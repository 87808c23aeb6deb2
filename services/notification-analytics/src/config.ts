import { kafkaSettings } from '@boxoffice/messaging';
import { commonConfig } from '@boxoffice/service-kit';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

const parts = {
  DATABASE_URL: z.string().min(1).describe("Postgres URL of this service's own database."),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe(
      'Mail server: smtp://user:password@host:587 (STARTTLS where offered; ?requireTLS=true insists) or smtps://… (TLS). Set this or MAIL_FOLDER.',
    ),
  MAIL_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that gets each mail as <notification id>.eml, instead of a mail server. Set this or SMTP_URL.'),
  MAIL_FROM: z
    .string()
    .regex(/^[^<>\r\n]*<?[^<>@\s]+@[^<>@\s]+>?$/, 'Use an address, for example Box Office <tickets@example.org>.')
    .describe('Sender of every mail: Name <address>. Its domain is also the domain of the Message-IDs.'),
  MAIL_EVERY_MS: milliseconds.default(1000).describe('How often to look for due mails, in milliseconds; a new mail does not wait for it.'),
  MAIL_CONNECTIONS: z.coerce.number().int().min(1).max(50).default(5).describe('Mails sent at once, each on its own connection.'),
  MAIL_DEADLINE_MS: milliseconds.default(20_000).describe('Longest time to hand one mail over, in milliseconds.'),
  MAIL_MAX_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(34)
    .describe('Attempts before a mail is FAILED; 34 with the waits below take about a day.'),
  MAIL_RETRY_MS: milliseconds.default(5000).describe('Wait after the first failed attempt, in milliseconds; doubled after each further one, ± 25 %.'),
  MAIL_RETRY_MAX_MS: milliseconds.default(3_600_000).describe('Longest wait between two attempts, in milliseconds.'),
};

const oneWayOut = (config: { SMTP_URL?: string | undefined; MAIL_FOLDER?: string | undefined }): boolean =>
  (config.SMTP_URL === undefined) !== (config.MAIL_FOLDER === undefined);
const faultOfWays = { path: ['SMTP_URL'], message: 'Set exactly one of SMTP_URL and MAIL_FOLDER' };

/** What compose needs, whoever composes: the database and where mails go. */
export const ComposeConfig = z.object(parts).refine(oneWayOut, faultOfWays);

/** Environment of the notification-analytics process. */
export const Config = z
  .object({
    ...commonConfig,
    PORT: port.default(8005).describe('TCP port of the API.'),
    METRICS_PORT: port.default(9105).describe('TCP port of /metrics.'),
    TICKETING_URL: z
      .url()
      .default('http://127.0.0.1:8004')
      .describe('Where ticketing answers: asked for the tickets of a mail. IDENTITY_URL is asked for its address.'),
    ...kafkaSettings,
    ...parts,
  })
  .refine(oneWayOut, faultOfWays);
