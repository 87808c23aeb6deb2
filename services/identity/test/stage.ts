import { type IdentityService, isRefusal, type RefusalData } from '@boxoffice/contracts';
import { inProcessHub } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, type Part } from '@boxoffice/service-kit';
import { anyone, asUser, testDatabase } from '@boxoffice/testing';
import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll } from 'vitest';
import { type ComposeConfig, compose, entities, generateSecrets, migrations, type Secrets } from '../src/compose.ts';

type Identity = Part<{ identity: IdentityService }>;
export type Session = Awaited<ReturnType<IdentityService['login']>>;
type Settings = Partial<ComposeConfig>;

/** One identity service on a database of its own; more replicas on the same one by `replica`. */
export interface Stage {
  readonly identity: IdentityService;
  readonly db: Database;
  readonly secrets: Secrets;
  /** Another process on the same database. */
  replica(settings?: Settings): Promise<Identity>;
}

/** To be called at the top of a test file, or of a describe: it registers its own hooks. */
export function identityStage(settings: Settings = {}): Stage {
  const secrets = generateSecrets();
  const parts: Identity[] = [];
  let made: { db: Database; part: Identity } | undefined;
  const open = () => {
    if (!made) throw new Error('the stage opens before the first test');
    return made;
  };
  const start = async (db: Database, more: Settings) => {
    const edges = {
      logger: createLogger({ service: 'identity', level: 'silent' }),
      metrics: createMetrics('identity'),
      transport: inProcessHub([]).transport(),
    };
    const part = await compose({ DATABASE_URL: db.url, BCRYPT_COST: 4, ...secrets, ...settings, ...more }, edges);
    parts.push(part);
    return part;
  };
  beforeAll(async () => {
    const db = await testDatabase({ name: 'identity', entities, migrations });
    made = { db, part: await start(db, {}) };
  });
  afterAll(async () => {
    await Promise.all(parts.map((part) => part.close()));
  });
  return {
    secrets,
    get identity() {
      return open().part.api.identity;
    },
    get db() {
      return open().db;
    },
    replica: (more = {}) => start(open().db, more),
  };
}

let counter = 0;
/** An address nobody used before. */
export const newEmail = (who = 'person'): string => `${who}.${process.pid}.${++counter}@example.org`;
export const password = 'correct horse battery staple';

/** Registers somebody new. */
export const registered = (identity: IdentityService, email = newEmail()): Promise<Session> =>
  identity.register({ email, password, name: 'Ana Pérez' }, anyone());

/** A call by the account of this session. */
export const by = (session: Session, options: { idempotencyKey?: string } = {}) => {
  const caller = asUser({ userId: session.userId, memberships: session.memberships, ...options });
  return { ...caller, actor: { ...caller.actor, guest: false as const } };
};

/** What a call was refused with: its code, or the tRPC code of a "no" without one; 'ok' when it was not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  return (await answerOf(call)).code;
}

/** The whole "no". A bug is thrown on. */
export async function answerOf(call: Promise<unknown>): Promise<{ code: string; details?: RefusalData['details'] }> {
  try {
    await call;
    return { code: 'ok' };
  } catch (error) {
    if (isRefusal(error)) return error.refusal;
    if (error instanceof TRPCError) return { code: error.code };
    throw error;
  }
}

/** How often each answer came. */
export async function countAnswers(calls: Promise<unknown>[]): Promise<Record<string, number>> {
  const codes = await Promise.all(calls.map(refusalOf));
  return Object.fromEntries([...Map.groupBy(codes, (code) => code)].map(([code, all]) => [code, all.length]));
}
