import { createHash } from 'node:crypto';
import type { Cluster } from './cluster.ts';

/** Name → hash of what each of the release's Secrets holds; helm's own are left out. */
export async function secretHashes({ kubectl }: Cluster): Promise<Record<string, string>> {
  const secrets = (await kubectl.list('secrets')).filter(({ type }) => !String(type).startsWith('helm.sh/'));
  return Object.fromEntries(secrets.map(({ metadata, data = {} }) => [metadata.name, hashOf(data)]));
}

/** The order of keys does not count. */
function hashOf(data: Record<string, string>): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(data).sort()))
    .digest('hex');
}

/** Throws an Error that names the Secrets which are not what they were. New ones may have come. */
export function expectSame(before: Record<string, string>, after: Record<string, string>): number {
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  if (changed.length > 0) throw new Error(`these Secrets are not what they were: ${changed.join(', ')}`);
  if (Object.keys(before).length === 0) throw new Error('there was no Secret to compare');
  return Object.keys(before).length;
}
