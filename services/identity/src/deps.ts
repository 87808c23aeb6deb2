import type { Database } from '@boxoffice/postgres';
import type { Passwords } from './crypto/passwords.ts';
import type { PersonalData } from './crypto/personal-data.ts';
import type { SigningKeys } from './crypto/signing-keys.ts';
import type { OrganisationCreation } from './domain/organisation.ts';
import type { RevokeReason } from './domain/session.ts';
import type { Sessions } from './sessions.ts';

/** What the use cases are given; each names the part it needs. */
export interface Deps {
  db: Database;
  personalData: PersonalData;
  passwords: Passwords;
  sessions: Sessions;
  signingKeys: SigningKeys;
  organisationCreation: OrganisationCreation;
  /** Counts sessions that ended because a refresh token came twice. */
  sessionRevoked(reason: RevokeReason): void;
}
