import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const key = () => randomBytes(32).toString('base64');

/** Secrets per service as its configuration names them; made once and kept in `file` (0600), so that a restart can read its data. */
export async function keptSecrets(file: string): Promise<Record<string, Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text) return JSON.parse(text);
  const secrets = {
    identity: { PERSONAL_DATA_KEYS: JSON.stringify({ k1: key() }), PERSONAL_DATA_KEY_ID: 'k1', BLIND_INDEX_KEY: key(), PASSWORD_PEPPER: key() },
    ticketing: { TICKET_KEY_SECRET: key() },
    payment: { PAYMENT_SECRETS_KEYS: JSON.stringify({ k1: key() }), PAYMENT_SECRETS_KEY_ID: 'k1' },
  };
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
