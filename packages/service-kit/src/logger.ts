import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

const ofCallers = ['authorization', 'cookie', 'email', 'password', 'token', 'accessToken', 'refreshToken', 'qr', 'idempotencyKey'];
const secrets = [...ofCallers, 'card', 'paymentMethodId', 'secretKey', 'webhookSecret'];
/** At the top, one and two levels down: where a careless `log.info({ input })` would put them. */
const hidden = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** JSON lines on standard output, with ISO time; secrets and e-mail addresses are cut out even when somebody logs them. */
export function createLogger({
  service,
  level,
  destination,
}: {
  service: string;
  level: string;
  destination?: DestinationStream | undefined;
}): Logger {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: hidden, censor: '[hidden]' },
    serializers: { err: (error: unknown) => errorFacts(error), error: (error: unknown) => errorFacts(error) },
  };
  return destination ? pino(options, destination) : pino(options);
}

type ErrorFacts = { type: string; message: string; code?: unknown; stack?: string | undefined; cause?: ErrorFacts };

/** Only these fields of an error: drivers hang rows and parameters on theirs (Postgres' `detail` names values). */
function errorFacts(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const facts: ErrorFacts = { type: error.constructor.name, message: error.message, stack: error.stack };
  if ('code' in error) facts.code = error.code;
  if (error.cause !== undefined && depth < 4) facts.cause = errorFacts(error.cause, depth + 1);
  return facts;
}
