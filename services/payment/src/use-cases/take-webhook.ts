import type { Database } from '@boxoffice/postgres';
import { z } from 'zod';
import { paymentOf } from '../domain/payment.ts';
import { findAccount } from '../persistence/payment-accounts.sql.ts';
import { takeProviderEvent } from '../persistence/provider-events.sql.ts';
import type { AccountSecrets } from '../provider/account-secrets.ts';
import { checkWebhook } from '../provider/webhook-signature.ts';

export interface WebhookDeps {
  db: Database;
  secrets: AccountSecrets;
  /** What the installation's test provider signs with; undefined: it does not speak. */
  testSecret: string | undefined;
  /** Somebody has news of this payment; returns at once. */
  hinted(paymentId: string): void;
}

/** Who speaks, and what they may sign with. */
export interface Speaker {
  provider: 'stripe' | 'test';
  account: string;
  accountId: string | null;
  signatureHeader: string;
  secrets: string[];
}
export type Outcome = 'taken' | 'replayed' | 'forged' | 'old' | 'malformed';

/** The account of an address /webhooks/:provider/:accountId; undefined when there is none. */
export async function speakerAt({ db, secrets, testSecret }: WebhookDeps, provider: string, accountId: string): Promise<Speaker | undefined> {
  if (provider === 'test') {
    if (accountId !== 'installation' || testSecret === undefined) return undefined;
    return { provider, account: accountId, accountId: null, signatureHeader: 'test-provider-signature', secrets: [testSecret] };
  }
  if (provider !== 'stripe' || !z.uuid().safeParse(accountId).success) return undefined;
  const account = await findAccount(db, accountId);
  if (account?.provider !== provider) return undefined;
  const of = { provider, account: account.id, accountId: account.id } as const;
  return { ...of, signatureHeader: 'stripe-signature', secrets: secrets.webhookSecretsOf(account, new Date()) };
}

/**
 * A webhook is a hint, whatever it says: once it is proven to be the provider's own and kept (its id first, so that a second one is nothing), the payment it
 * names is asked about. `body` byte for byte as it came. Changes nothing unless `taken`.
 */
export async function takeWebhook(
  deps: WebhookDeps,
  speaker: Speaker,
  { body, signature }: { body: Buffer; signature: string | undefined },
): Promise<Outcome> {
  const checked = checkWebhook(signature, { body, secrets: speaker.secrets, now: new Date() });
  if (checked !== 'good') return checked;
  const event = eventOf(speaker.provider, body);
  if (!event) return 'malformed';
  const { isNew, paymentId } = await takeProviderEvent(deps.db, { ...speaker, ...event });
  if (!isNew) return 'replayed';
  if (paymentId !== undefined) deps.hinted(paymentId);
  return 'taken';
}

const Name = z.string().min(1).max(255);
const StripeEvent = z.object({
  id: Name,
  type: Name,
  data: z.object({ object: z.object({ metadata: z.record(z.string(), z.unknown()).nullish() }) }),
});
const TestEvent = z.object({ id: Name, type: Name, charge: Name });

/** What an event is about: its id, and the payment of the charge it names. */
function eventOf(provider: Speaker['provider'], body: Buffer): { eventId: string; type: string; paymentId: string | null } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  if (provider === 'test') {
    const { data: event } = TestEvent.safeParse(json);
    return event && { eventId: event.id, type: event.type, paymentId: paymentOf(event.charge) ?? null };
  }
  const { data: event } = StripeEvent.safeParse(json);
  return event && { eventId: event.id, type: event.type, paymentId: paymentNamed(event.data.object.metadata?.charge) };
}

const paymentNamed = (charge: unknown): string | null => (typeof charge === 'string' ? (paymentOf(charge) ?? null) : null);
