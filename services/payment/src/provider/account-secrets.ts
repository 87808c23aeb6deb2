import { Refusal } from '@boxoffice/contracts';
import { createSealer, generateSecretKey, type Place, type Sealed, type Sealer } from '@boxoffice/service-kit';
import type { AccountRow } from '../persistence/payment-accounts.sql.ts';

export const variables = { keys: 'PAYMENT_SECRETS_KEYS', primary: 'PAYMENT_SECRETS_KEY_ID' };
export type SecretsConfig = { PAYMENT_SECRETS_KEYS?: string | undefined; PAYMENT_SECRETS_KEY_ID?: string | undefined };

/** Fresh keys for a laptop, to be kept with the data: who loses them must put every account again. */
export const generateSecrets = () => ({ PAYMENT_SECRETS_KEYS: JSON.stringify({ k1: generateSecretKey() }), PAYMENT_SECRETS_KEY_ID: 'k1' });

/** The secrets of payment accounts, closed and opened. */
export interface AccountSecrets {
  /** Refuses PAYMENT_ACCOUNTS_OFF where this process has no keys. */
  seal(accountId: string, column: 'secret_key' | 'webhook_secret', text: string): Sealed;
  /** Throws where this process has no keys, or not the right one. */
  secretKeyOf(account: AccountRow): string;
  /** What a webhook may be signed with at `now`: the current secret, and the one before while it is good. */
  webhookSecretsOf(account: AccountRow, now: Date): string[];
}

/** Throws when only one of the settings is there, or the ring lacks its key. Without both, nothing here works, and nothing else needs them. */
export function accountSecrets({ PAYMENT_SECRETS_KEYS: keys, PAYMENT_SECRETS_KEY_ID: primary }: SecretsConfig): AccountSecrets {
  if ((keys === undefined) !== (primary === undefined))
    throw new Error(`${variables.keys} and ${variables.primary} belong together: one of them is missing.`);
  const sealer = keys === undefined || primary === undefined ? undefined : createSealer({ keys, primary, variables });
  const opening = (): Sealer => {
    if (sealer) return sealer;
    throw new Error(`${variables.keys} and ${variables.primary} are missing: this process cannot open the keys of a payment account.`);
  };
  const open = (row: string, column: 'secret_key' | 'webhook_secret', sealed: Buffer, keyId: string) =>
    opening().open(placeOf(row, column), { sealed, keyId });
  return {
    seal(accountId, column, text) {
      if (!sealer) throw new Refusal('PAYMENT_ACCOUNTS_OFF', {});
      return sealer.seal(placeOf(accountId, column), text);
    },
    secretKeyOf: ({ id, secretKey, secretKeyId }) => open(id, 'secret_key', secretKey, secretKeyId),
    webhookSecretsOf({ id, previousUntil, ...of }, now) {
      const secrets: string[] = [];
      if (of.webhookSecret && of.webhookSecretKeyId) secrets.push(open(id, 'webhook_secret', of.webhookSecret, of.webhookSecretKeyId));
      if (of.previousSecret && of.previousSecretKeyId && previousUntil && previousUntil > now)
        secrets.push(open(id, 'webhook_secret', of.previousSecret, of.previousSecretKeyId));
      return secrets;
    },
  };
}

const placeOf = (row: string, column: string): Place => ({ table: 'payment_accounts', column, row });
