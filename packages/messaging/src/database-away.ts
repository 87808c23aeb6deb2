import { isRetryable } from '@boxoffice/postgres';

const away = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '53300',
]);

/**
 * Did the database not answer, or end the session? Then the transaction is gone, or its COMMIT's answer is: doing it again is right, for
 * the inbox knows whether it happened. Looks through wrapped errors.
 */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code: unknown = Reflect.get(cause, 'code');
    if (typeof code === 'string' && away.has(code)) return true;
    if (isRetryable(cause)) return true;
    if (/connection terminated|connection.*(closed|ended|timeout)|timeout exceeded when trying to connect/i.test(cause.message)) return true;
  }
  return false;
}
