import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { dump, type PsqlSession, psql, type Reached } from './pod-programs.ts';
import { apartMs, beginLook, countRows, inOrder, type Owner, type Rows, type Snapshot, takeSnapshot } from './snapshot.ts';

export type BackedUp = { database: string; user: string; file: string; bytes: number; seconds: number; snapshot: Snapshot; rows: Rows };
/** Everything that a folder holds beside the dumps and what it keeps of the namespace. */
export type Manifest = { release: string; values: object; apartMs: number; databases: Record<Owner, BackedUp> };

const manifestFile = 'manifest.json';
const keptFile = 'kept.json';

/** Only whoever runs the drill may read it: it holds everything. */
const write = (folder: string, name: string, content: unknown) =>
  writeFile(path.join(folder, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
const read = async (folder: string, name: string) => JSON.parse(await readFile(path.join(folder, name), 'utf8'));
export const manifestIn = (folder: string): Promise<Manifest> => read(folder, manifestFile);
export const keptIn = (folder: string): Promise<KubernetesObject[]> => read(folder, keptFile);

/**
 * Writes all that an installation is made of into a folder: its databases as they were at (almost) one moment, its Secrets and
 * the ConfigMaps that are not the chart's, its values. Sales go on meanwhile.
 */
export async function backUp(cluster: Cluster, sources: Record<Owner, Reached>, folder: string): Promise<Manifest> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(folder, keptFile, await keptOf(cluster));
  const values = JSON.parse(await cluster.helm('get', 'values', cluster.release, '--output', 'json')) ?? {};
  const sessions = await Promise.all(
    inOrder.map(async (service) => ({ service, from: sources[service], session: await psql(sources[service]), folder })),
  );
  try {
    const databases = await dumpedAtOneMoment(sessions);
    const manifest = { release: cluster.release, values, apartMs: apartMs(Object.values(databases).map(({ snapshot }) => snapshot)), databases };
    await write(folder, manifestFile, manifest);
    return manifest;
  } finally {
    await Promise.all(sessions.map(({ session }) => session.end().catch(() => undefined))); // what went wrong in one was told by its statement
  }
}

/** All moments first, one right after the other; then dumps, which take their time. */
async function dumpedAtOneMoment(sessions: readonly Omit<Dumping, 'snapshot'>[]): Promise<Record<Owner, BackedUp>> {
  await Promise.all(sessions.map(({ session }) => beginLook(session)));
  const dumping: Dumping[] = [];
  for (const session of sessions) dumping.push({ ...session, snapshot: await takeSnapshot(session.session) });
  const entries = await Promise.all(dumping.map(async (one) => [one.service, await dumped(one)] as const));
  return Object.fromEntries(entries) as Record<Owner, BackedUp>; // every service is in the order
}

type Dumping = { service: Owner; session: PsqlSession; snapshot: Snapshot; from: Reached; folder: string };

async function dumped({ service, session, snapshot, from, folder }: Dumping): Promise<BackedUp> {
  const file = `${service}.dump`;
  const began = performance.now();
  await dump(from, snapshot.id, path.join(folder, file));
  const seconds = (performance.now() - began) / 1_000;
  const { size } = await stat(path.join(folder, file));
  return { database: from.database, user: from.user, file, bytes: size, seconds, snapshot, rows: await countRows(session) };
}

/** Without the Secrets nobody logs in, and no ticket, address or payment account can be read. */
async function keptOf({ kubectl }: Cluster): Promise<KubernetesObject[]> {
  const secrets = (await kubectl.list('secrets')).filter(({ type }) => !/^(helm\.sh|kubernetes\.io\/service-account)/.test(type));
  const configMaps = (await kubectl.list('configmaps')).filter(
    ({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.labels?.['app.kubernetes.io/managed-by'] !== 'Helm',
  );
  return [...secrets, ...configMaps].map(({ apiVersion, kind, type, data, binaryData, metadata: { name, labels, annotations } }) => ({
    ...{ apiVersion, kind, type, data, binaryData },
    metadata: { name, labels, annotations },
  }));
}
