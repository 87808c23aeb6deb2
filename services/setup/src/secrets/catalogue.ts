import { randomBytes } from 'node:crypto';
import { serviceNames } from '@boxoffice/contracts';
import { generateSecretKey, newServiceKey } from '@boxoffice/service-kit';
import type { Purpose } from '../config.ts';

/** Keys of a Secret, each with how a new value is made. */
export type Entries = Record<string, () => string | Promise<string>>;

/** Letters and digits alone: it stands in connection URLs. */
const password = () => randomBytes(24).toString('hex');
const database: Entries = { 'database-password': password };
const keyRing = (name: string): Entries => ({ [`${name}-keys`]: () => JSON.stringify({ k1: generateSecretKey() }), [`${name}-key-id`]: () => 'k1' });

const own: Partial<Record<Purpose, Entries>> = {
  booking: database,
  identity: { ...database, ...keyRing('personal-data'), 'blind-index-key': generateSecretKey, 'password-pepper': generateSecretKey },
  payment: {
    ...database,
    ...keyRing('payment-secrets'),
    'test-provider-control-token': password,
    'test-provider-webhook-secret': password,
  },
  ticketing: { ...database, 'ticket-key-secret': generateSecretKey },
  'notification-analytics': database,
  auditor: database,
  postgres: { 'postgres-password': password },
  redis: { 'redis-password': password },
};

/** What must be in the Secret for a purpose; the trust file is not made but put together from all service keys. */
export function entriesOf(purpose: Purpose, administratorEmail: string): Entries {
  const service = serviceNames.find((name) => name === purpose);
  const key: Entries = service ? { 'service.key.json': async () => JSON.stringify(await newServiceKey(service)) } : {};
  const account: Entries = purpose === 'administrator' ? { email: () => administratorEmail, password } : {};
  return { ...key, ...account, ...own[purpose] };
}
