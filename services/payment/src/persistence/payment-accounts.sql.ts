import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { Sealed } from '@boxoffice/service-kit';

/** An organisation's account at a provider; its secrets are sealed. */
export interface AccountRow {
  id: string;
  organisationId: string;
  provider: 'stripe';
  providerAccount: string;
  name: string;
  publishableKey: string;
  secretKey: Buffer;
  secretKeyId: string;
  webhookSecret: Buffer | null;
  webhookSecretKeyId: string | null;
  previousSecret: Buffer | null;
  previousSecretKeyId: string | null;
  previousUntil: Date | null;
  isDefault: boolean;
  revision: number;
  createdAt: Date;
  closedAt: Date | null;
}

const columns = `a.id, a.organisation_id AS "organisationId", a.provider, a.provider_account AS "providerAccount", a.name, a.publishable_key AS "publishableKey",
  a.secret_key AS "secretKey", a.secret_key_id AS "secretKeyId", a.webhook_secret AS "webhookSecret", a.webhook_secret_key_id AS "webhookSecretKeyId",
  a.previous_secret AS "previousSecret", a.previous_secret_key_id AS "previousSecretKeyId", a.previous_until AS "previousUntil",
  a.is_default AS "isDefault", a.revision, a.created_at AS "createdAt", a.closed_at AS "closedAt"`;

/** By id, whoever's it is: for the service itself. The secret before is there only while it is good. */
export async function findAccount(db: Database | Tx, accountId: string): Promise<AccountRow | undefined> {
  const [row] = await query<AccountRow>(db, `SELECT ${columns} FROM payment_accounts a WHERE a.id = $1`, [accountId]);
  return row;
}

/** The organisation's own account, while it is open. */
export async function openAccount(
  db: Database | Tx,
  { organisationId, accountId }: { organisationId: string; accountId: string },
): Promise<Pick<AccountRow, 'provider' | 'publishableKey'> | undefined> {
  const [row] = await query<Pick<AccountRow, 'provider' | 'publishableKey'>>(
    db,
    `SELECT provider, publishable_key AS "publishableKey" FROM payment_accounts WHERE id = $1 AND organisation_id = $2 AND closed_at IS NULL`,
    [accountId, organisationId],
  );
  return row;
}

/** The organisation's accounts, newest first. */
export const accountsOf = (db: Database, organisationId: string): Promise<AccountRow[]> =>
  query(db, `SELECT ${columns} FROM payment_accounts a WHERE a.organisation_id = $1 ORDER BY a.created_at DESC, a.id LIMIT 100`, [organisationId]);

export type AccountToPut = Pick<AccountRow, 'id' | 'organisationId' | 'provider' | 'providerAccount' | 'name' | 'publishableKey' | 'isDefault'> & {
  secretKey: Sealed;
};

/** The id under which this account is known, if it is. Its secrets are bound to it. */
export async function knownAccountId(
  db: Database,
  account: Pick<AccountRow, 'organisationId' | 'provider' | 'providerAccount'>,
): Promise<string | undefined> {
  const [row] = await query<{ id: string }>(
    db,
    'SELECT id FROM payment_accounts WHERE organisation_id = $1 AND provider = $2 AND provider_account = $3',
    [account.organisationId, account.provider, account.providerAccount],
  );
  return row?.id;
}

/** A new account, or new keys for this id; undefined when somebody has put the same account under another id at this moment. */
export async function putAccount(tx: Tx, account: AccountToPut): Promise<AccountRow | undefined> {
  // Managers of one organisation wait for each other: there is one default.
  await query(tx, `SELECT pg_advisory_xact_lock(hashtextextended('payment_accounts:' || $1, 0))`, [account.organisationId]);
  if (account.isDefault)
    await query(
      tx,
      'UPDATE payment_accounts SET is_default = false, updated_at = statement_timestamp() WHERE organisation_id = $1 AND is_default AND id <> $2',
      [account.organisationId, account.id],
    );
  const [row] = await query<AccountRow>(
    tx,
    `INSERT INTO payment_accounts AS a (id, organisation_id, provider, provider_account, name, publishable_key, secret_key, secret_key_id, is_default)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (organisation_id, provider, provider_account) DO UPDATE SET name = excluded.name, publishable_key = excluded.publishable_key,
         secret_key = excluded.secret_key, secret_key_id = excluded.secret_key_id, is_default = excluded.is_default, closed_at = NULL,
         revision = a.revision + 1, updated_at = statement_timestamp()
       WHERE a.id = excluded.id
       RETURNING ${columns}`,
    [
      ...[account.id, account.organisationId, account.provider, account.providerAccount, account.name, account.publishableKey],
      ...[account.secretKey.sealed, account.secretKey.keyId, account.isDefault],
    ],
  );
  return row;
}

/** Both secrets are good for a day: the provider's copy is changed by hand, before or after. */
const keptForHours = 24;

/** The new signing secret; the one before stays for a day. Undefined when the account is not of these organisations, or closed. */
export async function replaceWebhookSecret(
  db: Tx,
  { accountId, organisationIds, secret }: { accountId: string; organisationIds: string[]; secret: Sealed },
): Promise<AccountRow | undefined> {
  const [row] = await query<AccountRow>(
    db,
    `UPDATE payment_accounts a SET previous_secret = a.webhook_secret, previous_secret_key_id = a.webhook_secret_key_id,
       previous_until = CASE WHEN a.webhook_secret IS NOT NULL THEN statement_timestamp() + $5 * interval '1 hour' END,
       webhook_secret = $3, webhook_secret_key_id = $4, revision = revision + 1, updated_at = statement_timestamp()
     WHERE a.id = $1 AND a.organisation_id = ANY ($2::uuid[]) AND a.closed_at IS NULL RETURNING ${columns}`,
    [accountId, organisationIds, secret.sealed, secret.keyId, keptForHours],
  );
  return row;
}

/** Takes no new payments any more. Undefined when the account is not of these organisations. */
export async function closeAccount(db: Tx, accountId: string, organisationIds: string[]): Promise<AccountRow | undefined> {
  const [row] = await query<AccountRow>(
    db,
    `UPDATE payment_accounts a SET closed_at = coalesce(closed_at, statement_timestamp()), is_default = false, updated_at = statement_timestamp()
     WHERE a.id = $1 AND a.organisation_id = ANY ($2::uuid[]) RETURNING ${columns}`,
    [accountId, organisationIds],
  );
  return row;
}

/** The default account of an organisation, and whether it ever had any account at all. */
export async function defaultAccount(
  db: Database,
  organisationId: string,
): Promise<{ accountId: string | null; provider: string | null; hasAny: boolean }> {
  const [row] = await query<{ accountId: string | null; provider: string | null; hasAny: boolean }>(
    db,
    `SELECT max(id::text) FILTER (WHERE is_default AND closed_at IS NULL) AS "accountId",
       max(provider) FILTER (WHERE is_default AND closed_at IS NULL) AS provider, count(*) > 0 AS "hasAny"
     FROM payment_accounts WHERE organisation_id = $1`,
    [organisationId],
  );
  return row ?? { accountId: null, provider: null, hasAny: false };
}
