import { Refusal } from '@boxoffice/contracts';
import { isRetryable, query, type Tx } from '@boxoffice/postgres';

/** A handler failed, and its transaction's own connection still answers: whatever was refused or did not answer is the handler's. Its cause is the error. */
export class HandlerFailed extends Error {
  override name = 'HandlerFailed';
}
/** The transaction's own connection was lost under a handler. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
}

/** Runs a handler, and asks the connection when it fails: an ECONNREFUSED alone does not tell whose it was. */
export async function asHandler(tx: Tx, handle: () => Promise<void>): Promise<void> {
  try {
    await handle();
  } catch (cause) {
    throw (await answers(tx)) ? new HandlerFailed('the handler failed', { cause }) : new ConnectionLost('the connection was lost', { cause });
  }
}

/** One in an aborted transaction does answer: that it takes nothing until the rollback. */
const aborted = '25P02';
const answers = (tx: Tx): Promise<boolean> =>
  query(tx, 'SELECT 1').then(
    () => true,
    (error: unknown) => codesOf(error).includes(aborted),
  );

const away = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['57P01', '57P02', '57P03', '08000', '08003', '08006', '53300', '25006', '57014'],
]);

/**
 * Did the database not answer, or end the session, outside of a handler? Then the transaction is gone, or its COMMIT's answer is: doing it again
 * is right, for the inbox knows whether it happened. Looks through wrapped errors.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof HandlerFailed) return false;
  if (error instanceof ConnectionLost) return true;
  if (error instanceof Refusal && error.refusal.code === 'OVERLOADED') return true; // our own pool
  return (
    causes(error).some(
      (cause) =>
        isRetryable(cause) || /connection terminated|connection.*(closed|ended|timeout)|timeout exceeded when trying to connect/i.test(cause.message),
    ) || codesOf(error).some((code) => away.has(code))
  );
}

function causes(error: unknown): Error[] {
  const all: Error[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) all.push(cause);
  return all;
}

const codesOf = (error: unknown): string[] => causes(error).map((cause) => String(Reflect.get(cause, 'code')));
