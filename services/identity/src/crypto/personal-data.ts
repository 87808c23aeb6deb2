import { createHmac } from 'node:crypto';
import { createSealer, generateSecretKey, type Sealer, SecretKey } from '@boxoffice/service-kit';
import { normaliseEmail } from '../domain/email.ts';

/** Encrypts what must not be readable in the database. */
export interface PersonalData extends Sealer {
  /** Finds an address without reading any: equal for every spelling of the same address. */
  emailIndex(email: string): Buffer;
}

const variables = { keys: 'PERSONAL_DATA_KEYS', primary: 'PERSONAL_DATA_KEY_ID' };

/** Personal data under these keys. Throws when the primary key is not in the ring. */
export function createPersonalData(secrets: { keys: string; primary: string; blindIndexKey: string }): PersonalData {
  const blindIndexKey = Buffer.from(SecretKey.parse(secrets.blindIndexKey), 'base64');
  return {
    ...createSealer({ keys: secrets.keys, primary: secrets.primary, variables }),
    emailIndex: (email) =>
      createHmac('sha256', blindIndexKey)
        .update(`email:${normaliseEmail(email)}`)
        .digest(),
  };
}

/** The secrets of an identity service. */
export type Secrets = { PERSONAL_DATA_KEYS: string; PERSONAL_DATA_KEY_ID: string; BLIND_INDEX_KEY: string; PASSWORD_PEPPER: string };

/** Fresh secrets for a laptop, to be kept with the data: who loses them loses every e-mail address and password. */
export function generateSecrets(): Secrets {
  const key = generateSecretKey;
  return { PERSONAL_DATA_KEYS: JSON.stringify({ k1: key() }), PERSONAL_DATA_KEY_ID: 'k1', BLIND_INDEX_KEY: key(), PASSWORD_PEPPER: key() };
}
