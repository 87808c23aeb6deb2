import type { IdentityService } from '@boxoffice/contracts';
import { purgeJob, relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, measurePool, readyCheck } from '@boxoffice/postgres';
import type { Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { ComposeConfig } from './config.ts';
import { createAccessTokens } from './crypto/access-tokens.ts';
import { createPasswords } from './crypto/passwords.ts';
import { createPersonalData } from './crypto/personal-data.ts';
import { createSigningKeys } from './crypto/signing-keys.ts';
import type { Deps } from './deps.ts';
import { firstAccount } from './first-account.ts';
import { jobs } from './jobs.ts';
import { entities } from './persistence/entities.ts';
import { createSessions } from './sessions.ts';
import { addMember } from './use-cases/add-member.ts';
import { contactOf } from './use-cases/contact-of.ts';
import { contactsOf } from './use-cases/contacts-of.ts';
import { continueAsGuest } from './use-cases/continue-as-guest.ts';
import { createOrganisation } from './use-cases/create-organisation.ts';
import { jwks } from './use-cases/jwks.ts';
import { login } from './use-cases/login.ts';
import { logout } from './use-cases/logout.ts';
import { me } from './use-cases/me.ts';
import { organisationOf } from './use-cases/organisation-of.ts';
import { refresh } from './use-cases/refresh.ts';
import { register } from './use-cases/register.ts';

export { ComposeConfig, Config } from './config.ts';
export { generateSecrets, type Secrets } from './crypto/personal-data.ts';
export { entities, migrations };

/** What the identity service is given by the process around it. */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & { transport: Transport };

/** identity's database, unopened; for the `migrate` target and for composing. */
export const openDatabase = ({
  DATABASE_URL,
  DATABASE_POOL_MAX,
}: Pick<z.output<typeof ComposeConfig>, 'DATABASE_URL' | 'DATABASE_POOL_MAX'>): Promise<Database> =>
  connect({ url: DATABASE_URL, entities, migrations, poolMax: DATABASE_POOL_MAX, applicationName: 'identity' });

/** The identity service on its database. Throws when a secret is missing or malformed. */
export async function compose(config: ComposeConfig, edges: Edges): Promise<Part<{ identity: IdentityService }>> {
  const settings = ComposeConfig.parse(config);
  const db = await openDatabase(settings);
  measurePool(db, edges.metrics);
  const deps = depsOf(settings, db, edges);
  return {
    name: 'identity',
    api: { identity: serviceOf(deps) },
    routes: [],
    jobs: [...jobs(deps), purgeJob(db)],
    workers: [...firstAccount(deps, settings, edges.logger), relay({ db, transport: edges.transport, logger: edges.logger, metrics: edges.metrics })],
    ready: readyCheck(db),
    close: () => db.close(),
  };
}

function depsOf(settings: z.output<typeof ComposeConfig>, db: Database, { metrics }: Edges): Deps {
  const personalData = createPersonalData({
    keys: settings.PERSONAL_DATA_KEYS,
    primary: settings.PERSONAL_DATA_KEY_ID,
    blindIndexKey: settings.BLIND_INDEX_KEY,
  });
  const passwords = createPasswords({
    pepper: settings.PASSWORD_PEPPER,
    cost: settings.BCRYPT_COST,
    concurrency: settings.PASSWORD_CONCURRENCY,
    queue: settings.PASSWORD_QUEUE,
  });
  const signingKeys = createSigningKeys(db, personalData);
  const sessions = createSessions(createAccessTokens(signingKeys, settings.ACCESS_TOKEN_TTL_S), settings.REFRESH_TOKEN_TTL_S);
  const revoked = metrics.counter('boxoffice_identity_sessions_revoked_total', 'Sessions ended because a refresh token came twice.', ['reason']);
  metrics.gauge('boxoffice_identity_passwords_waiting', 'Passwords waiting to be hashed.', [], (gauge) => gauge.set(passwords.waiting()));
  return {
    db,
    personalData,
    passwords,
    sessions,
    signingKeys,
    organisationCreation: settings.ORGANISATION_CREATION,
    sessionRevoked: (reason) => revoked.inc({ reason }),
  };
}

const serviceOf = (deps: Deps): IdentityService => ({
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
  contactsOf: contactsOf(deps),
  organisationOf: organisationOf(deps),
});
