import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identifier, literal } from '@boxoffice/postgres';
import { chartFolder } from '../charts/helm.ts';
import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Manifest } from './backup.ts';
import { inPsql, type PsqlSession, restore } from './pod-programs.ts';
import type { Scratch } from './scratch.ts';
import { countRows, differences, inOrder, type Owner } from './snapshot.ts';

const auditor = 'auditor';
/** Longer than any consumer may lag. */
const againHours = 1;

/**
 * What was sent lately is sent again: the new Kafka knows none of it, and whoever had not applied it yet would never hear of it. Who had, knows its id.
 */
const sendAgain = (at: string) =>
  `WITH again AS (UPDATE outbox SET sent_at = NULL WHERE sent_at > timestamptz ${literal(at)} - interval '${againHours} hours' RETURNING 1) SELECT count(*) FROM again`;

export type RestoredDatabase = { differences: string[]; sentAgain: number };

/** Makes roles and databases on an empty server and fills them from the folder's dumps. */
export async function restoreAll(scratch: Scratch, { databases }: Manifest, folder: string): Promise<Record<Owner, RestoredDatabase>> {
  const roles = [...new Set([...Object.values(databases).map(({ user }) => user), auditor])];
  await inPsql(scratch.at('postgres'), async (session) => {
    for (const role of roles) await session.rows(`CREATE ROLE ${identifier(role)} LOGIN`);
    for (const { database, user } of Object.values(databases))
      await session.rows(`CREATE DATABASE ${identifier(database)} OWNER ${identifier(user)}`);
  });
  const entries = await Promise.all(inOrder.map(async (service) => [service, await restoreOne(scratch, databases[service], folder)] as const));
  return Object.fromEntries(entries) as Record<Owner, RestoredDatabase>; // every service is in the order
}

async function restoreOne(
  scratch: Scratch,
  { database, file, rows, snapshot }: Manifest['databases'][Owner],
  folder: string,
): Promise<RestoredDatabase> {
  await restore(scratch.at(database), path.join(folder, file));
  return inPsql(scratch.at(database), async (session) => {
    const found = differences(rows, await countRows(session));
    return { differences: found, sentAgain: await sentAgainIn(session, snapshot.at) };
  });
}

/** Marks them as not sent; answers how many they are. */
export async function sentAgainIn(session: PsqlSession, at: string): Promise<number> {
  const [count] = await session.rows(sendAgain(at));
  return Number(count);
}

/** What the folder keeps, in another namespace, where helm finds its own as its own. */
export const keptFor = (namespace: string, kept: readonly KubernetesObject[]): object[] =>
  kept.map(({ metadata: { name, labels, annotations = {} }, ...object }) => ({
    ...object,
    metadata: {
      ...{ name, labels },
      annotations: { ...annotations, ...('meta.helm.sh/release-namespace' in annotations && { 'meta.helm.sh/release-namespace': namespace }) },
    },
  }));

const secretOf = (who: string) => `restored-${who}`;
const alone = { replicas: 1, autoscaling: { enabled: false } };
const valueNames: Record<Owner, string> = {
  booking: 'booking',
  identity: 'identity',
  payment: 'payment',
  ticketing: 'ticketing',
  'notification-analytics': 'notificationAnalytics',
};

/** Values over those of the original: its databases are external ones, its Redis and Kafka new, nobody comes in, no mail leaves, and the auditor looks at everything at once. */
const drillValues = {
  ...Object.fromEntries(['gateway', ...Object.values(valueNames)].map((name) => [name, alone])),
  auditor: { ...alone, env: { AUDIT_EVERY_MS: 2_000, AUDIT_FULL_EVERY_MS: 0, AUDIT_GRACE_MS: 15_000 } },
  postgres: {
    ...{ mode: 'external', layout: 'shared' },
    external: {
      ...Object.fromEntries(Object.entries(valueNames).map(([service, name]) => [name, { existingSecret: secretOf(service) }])),
      ...{ auditor: { existingSecret: secretOf(auditor), usernameKey: 'username', passwordKey: 'password' } },
      ...{ keys: { uri: 'uri', host: 'host', port: 'port', dbname: 'dbname' }, caSecret: { name: '' } },
    },
  },
  redis: { mode: 'bundled' },
  kafka: { mode: 'bundled', replicas: 1 },
  mail: { mode: 'folder', existingSecret: '' },
  ingress: { enabled: false },
  gatewayApi: { enabled: false },
  monitoring: { serviceMonitor: { enabled: false }, rules: { enabled: false }, dashboards: { enabled: false } },
};

/**
 * Values of the copy, later ones over earlier ones. What the original adds to the URLs of its servers, TLS above all, is not for the copy's, nor is the way in
 * that its gateway's Service opens (LoadBalancer, NodePort, a name in DNS by an annotation).
 */
export function valuesOfCopy(original: KubernetesObject): object[] {
  const { parameters: _, ...external } = original?.postgres?.external ?? {};
  const own = { postgres: { ...original?.postgres, external }, gateway: { ...original?.gateway, service: {} } };
  return [{ ...original, ...own }, drillValues];
}

/** Gives each role a password and a Secret in CloudNativePG's shape. */
async function letIn(scratch: Scratch, { databases }: Manifest): Promise<void> {
  const passwords = new Map(inOrder.map((service) => [service, randomBytes(18).toString('hex')]));
  const ofAuditor = randomBytes(18).toString('hex');
  await inPsql(scratch.at('postgres'), async (session) => {
    for (const service of inOrder)
      await session.rows(`ALTER ROLE ${identifier(databases[service].user)} PASSWORD ${literal(passwords.get(service) ?? '')}`);
    await session.rows(`ALTER ROLE ${auditor} PASSWORD ${literal(ofAuditor)}`);
  });
  const secret = (who: string, stringData: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secretOf(who) }, stringData });
  const ofServices = inOrder.map((service) => {
    const { user, database } = databases[service];
    const uri = `postgres://${user}:${passwords.get(service)}@${scratch.host}:5432/${database}`;
    return secret(service, { uri, host: scratch.host, port: '5432', dbname: database });
  });
  await scratch.kubectl.apply(...ofServices, secret(auditor, { username: auditor, password: ofAuditor }));
}

/** Installs the release on the restored databases, with what the folder keeps and its values; ends when every pod is ready. */
export async function installRestored(into: Cluster, scratch: Scratch, manifest: Manifest, kept: readonly KubernetesObject[]): Promise<void> {
  await letIn(scratch, manifest);
  await scratch.kubectl.apply(...keptFor(scratch.namespace, kept));
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-drill-'));
  try {
    const files = valuesOfCopy(manifest.values).map((values, at) => [path.join(folder, `${at}.json`), JSON.stringify(values)] as const);
    for (const [file, content] of files) await writeFile(file, content, { mode: 0o600 });
    await into.helm('install', into.release, chartFolder, '--wait', '--timeout', '10m', ...files.flatMap(([file]) => ['--values', file]));
  } finally {
    await rm(folder, { recursive: true });
  }
}
