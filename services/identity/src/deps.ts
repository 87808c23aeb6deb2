import type { Database } from '@boxoffice/postgres';
import type { Passwords } from './crypto/passwords.ts';
import type { PersonalData } from './crypto/personal-data.ts';
import type { SigningKeys } from './crypto/signing-keys.ts';
import type { OrganisationCreation } from './domain/organisation.ts';
import type { SessionTokens } from './session-tokens.ts';

/** What identity's use cases work with. */
export type Deps = {
  db: Database;
  personalData: PersonalData;
  passwords: Passwords;
  signingKeys: SigningKeys;
  tokens: SessionTokens;
  organisationCreation: OrganisationCreation;
};
