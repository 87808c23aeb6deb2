import type { IdentityService } from '@boxoffice/contracts';
import { connect, type Database, readyCheck } from '@boxoffice/postgres';
import type { Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { ComposeConfig } from './config.ts';
import { createPasswords } from './crypto/passwords.ts';
import { createPersonalData } from './crypto/personal-data.ts';
import { createSigningKeys } from './crypto/signing-keys.ts';
import type { Deps } from './deps.ts';
import { jobs } from './jobs.ts';
import { entities } from './persistence/entities.ts';
import { sessionTokens } from './session-tokens.ts';
import { addMember } from './use-cases/add-member.ts';
import { contactOf } from './use-cases/contact-of.ts';
import { continueAsGuest } from './use-cases/continue-as-guest.ts';
import { createOrganisation } from './use-cases/create-organisation.ts';
import { jwks } from './use-cases/jwks.ts';
import { login } from './use-cases/login.ts';
import { logout } from './use-cases/logout.ts';
import { me } from './use-cases/me.ts';
import { refresh } from './use-cases/refresh.ts';
import { register } from './use-cases/register.ts';

export { ComposeConfig, Config } from './config.ts';
export { generateSecrets, type Secrets } from './crypto/personal-data.ts';
export { entities, migrations };

export type Edges = Pick<Platform, 'logger' | 'metrics'>;

/** Opens this service's database; nothing is reached before first use. */
export const openDatabase = (url: string): Promise<Database> => connect({ url, entities, migrations, applicationName: 'identity' });

/** Puts the service together. Connects to nothing yet. Throws when a key named in the configuration is missing. */
export async function compose(given: z.input<typeof ComposeConfig>, { metrics }: Edges): Promise<Part<{ identity: IdentityService }>> {
  const config = ComposeConfig.parse(given);
  const personalData = createPersonalData({
    keys: config.PERSONAL_DATA_KEYS,
    primary: config.PERSONAL_DATA_KEY_ID,
    blindIndexKey: config.BLIND_INDEX_KEY,
  });
  const passwords = createPasswords({
    pepper: config.PASSWORD_PEPPER,
    cost: config.BCRYPT_COST,
    concurrency: config.BCRYPT_CONCURRENCY,
    queue: config.BCRYPT_QUEUE,
  });
  const db = await openDatabase(config.DATABASE_URL);
  const signingKeys = createSigningKeys(db, personalData);
  const tokens = sessionTokens({ signingKeys, accessTtlS: config.ACCESS_TOKEN_TTL_S, refreshTtlS: config.REFRESH_TOKEN_TTL_S });
  const deps: Deps = { db, personalData, passwords, signingKeys, tokens, organisationCreation: config.ORGANISATION_CREATION };
  metrics.gauge('boxoffice_passwords_waiting', 'Passwords that wait to be hashed or compared.', [], (gauge) => gauge.set(passwords.waiting()));
  return {
    name: 'identity',
    api: { identity: identityOver(deps) },
    routes: [],
    jobs: jobs(db),
    workers: [],
    ready: readyCheck(db),
    close: () => db.close(),
  };
}

const identityOver = (deps: Deps): IdentityService => ({
  register: register(deps),
  login: login(deps),
  continueAsGuest: continueAsGuest(deps),
  refresh: refresh(deps),
  logout: logout(deps),
  me: me(deps),
  createOrganisation: createOrganisation(deps),
  addMember: addMember(deps),
  jwks: jwks(deps),
  contactOf: contactOf(deps),
});
