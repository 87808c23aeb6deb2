import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@boxoffice/postgres';
import type { Job, Logger } from '@boxoffice/service-kit';
import { type ControlsNow, happens } from './test-provider-controls.ts';
import { signWebhook } from './webhook-signature.ts';

/** Where the test provider sends its events, and the secret it signs them with. */
export interface WebhookTarget {
  url: string;
  secret: string;
}

/**
 * A part of a statement that changes charges: an event per row of `changed`, a CTE that returns whole charges. `type` and `at` are SQL over such a row.
 * Written with the change, so that neither is ever without the other.
 */
export const tellingOf = (changed: string, type: string, at = 'statement_timestamp()'): string => `
  INSERT INTO test_provider_events (type, charge, amount_minor, currency, occurred_at, next_attempt_at)
  SELECT ${type}, key, amount_minor, currency, ${at}, ${at} FROM ${changed}`;

/** A charge that was let go will not be approved any more. */
export const untoldLater = `DELETE FROM test_provider_events WHERE charge = $1 AND done_at IS NULL AND occurred_at > statement_timestamp()`;

interface Due {
  id: string;
  type: string;
  charge: string;
  amountMinor: number;
  currency: string;
  occurredAt: Date;
  attempts: number;
}

const batchSize = 20;
const answerWithinMs = 5_000;
const mostAttempts = 15;
/** A sender that was killed is followed by another after this long: an event may come twice, never not at all. */
const leaseMs = 3 * answerWithinMs;

/** From 1 s, doubling, to a minute, as providers do; after 15 attempts an event is given up. */
const againInMs = (attempts: number): number => Math.min(60_000, 500 * 2 ** attempts);

export interface DeliveryDeps {
  /** The provider's own connections. */
  books: Database;
  target: WebhookTarget;
  controls: () => Promise<ControlsNow>;
  logger: Logger;
}

/** Sends what is due, until nothing is; any number of processes may. */
export const deliverEvents = (deps: DeliveryDeps): Job => ({
  name: 'deliver-test-provider-events',
  everyMs: 250,
  run: async () => {
    for (;;) {
      const { webhooks } = await deps.controls();
      if (!webhooks.on) return;
      const due = await leaseDue(deps.books, webhooks.lateMs);
      await Promise.all(due.map((event) => deliver(deps, event, webhooks)));
      if (due.length < batchSize) return;
    }
  },
});

/** Forgets what was delivered, or given up, a week ago. */
export const purgeEvents = (books: Database): Job => ({
  name: 'purge-test-provider-events',
  everyMs: 3_600_000,
  run: () => books.query(`DELETE FROM test_provider_events WHERE done_at < statement_timestamp() - interval '7 days'`),
});

const leaseDue = (db: Database, lateMs: number): Promise<Due[]> =>
  db.query<Due>(
    `WITH due AS MATERIALIZED (
       SELECT id FROM test_provider_events
       WHERE done_at IS NULL AND next_attempt_at <= statement_timestamp() - CASE attempts WHEN 0 THEN $1 ELSE 0 END * interval '1 ms'
       ORDER BY next_attempt_at LIMIT ${batchSize} FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE test_provider_events e SET attempts = attempts + 1, next_attempt_at = statement_timestamp() + ${leaseMs} * interval '1 ms'
     FROM due WHERE e.id = due.id
     RETURNING e.id, type, charge, amount_minor AS "amountMinor", currency, occurred_at AS "occurredAt", attempts`,
    [lateMs],
  );

async function deliver({ books, target, logger }: DeliveryDeps, event: Due, webhooks: ControlsNow['webhooks']): Promise<void> {
  if (event.attempts === 1 && happens(webhooks.reordered)) return holdBack(books, event.id);
  if (happens(webhooks.forged)) {
    const believed = isAccepted(await post(target.url, ...forgedFrom(event)));
    await books.query('UPDATE test_provider_events SET forged_sent = forged_sent + 1, forged_accepted = forged_accepted + $2 WHERE id = $1', [
      event.id,
      believed ? 1 : 0,
    ]);
  }
  const body = bodyOf(event);
  const send = () => post(target.url, body, signWebhook(target.secret, body, new Date()));
  const answers = [await send(), ...(happens(webhooks.twice) ? [await send()] : [])];
  const accepted = answers.filter(isAccepted).length;
  const givenUp = accepted === 0 && event.attempts >= mostAttempts;
  if (accepted === 0)
    logger[givenUp ? 'warn' : 'info']({ eventId: event.id, type: event.type, answer: answers[0], givenUp }, 'a webhook was not taken');
  await books.query(
    `UPDATE test_provider_events SET accepted = accepted + $2, next_attempt_at = statement_timestamp() + $3 * interval '1 ms',
       done_at = CASE WHEN $4 THEN statement_timestamp() END WHERE id = $1`,
    [event.id, accepted, againInMs(event.attempts), accepted > 0 || givenUp],
  );
}

/** Once per event: `attempts` is counted already. */
const holdBack = async (db: Database, id: string): Promise<void> =>
  void (await db.query(`UPDATE test_provider_events SET next_attempt_at = statement_timestamp() + $2 * interval '1 ms' WHERE id = $1`, [
    id,
    500 + Math.floor(Math.random() * 2_500),
  ]));

/** The event as it is sent: what happened to which charge. A receiver asks for the state, so the state is not in it. */
const bodyOf = ({ id, type, charge, amountMinor, currency, occurredAt }: Due): string =>
  JSON.stringify({ id, type, createdAt: occurredAt.toISOString(), charge, amountMinor, currency });

/** What somebody without the secret can send: a made-up event, unsigned, signed with another secret, or a good signature's shape and no more. */
function forgedFrom(event: Due): [body: string, signature: string | undefined] {
  const body = bodyOf({ ...event, id: randomUUID(), type: event.type === 'charge.captured' ? 'charge.refunded' : 'charge.captured' });
  const now = new Date();
  const signatures = [
    undefined,
    signWebhook(randomBytes(16).toString('hex'), body, now),
    `t=${Math.floor(now.getTime() / 1_000)},v1=${'0'.repeat(64)}`,
  ];
  return [body, signatures[Math.floor(Math.random() * signatures.length)]];
}

const isAccepted = (answer: number | string): boolean => typeof answer === 'number' && answer >= 200 && answer < 300;

/** The status, or why there is none. */
async function post(url: string, body: string, signature: string | undefined): Promise<number | string> {
  const headers = { 'content-type': 'application/json', ...(signature && { [signatureHeader]: signature }) };
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the signature stands, in the shape `t=…,v1=…`. */
export const signatureHeader = 'test-provider-signature';
