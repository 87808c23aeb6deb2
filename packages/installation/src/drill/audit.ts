import { metrics } from '@boxoffice/audit';
import { eventually } from '@boxoffice/testing';
import { atPod } from '../cluster/at-pod.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** What the auditor of an installation finds, by check; and how many looks at everything it has made. */
export type Findings = { found: Record<string, number>; looks: number };

const sample = (text: string, name: string): number | undefined => {
  const [, value] = new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
};

/** Reads the auditor's metrics. Throws where a gauge is missing: the auditor is then of another version. */
export function findingsIn(text: string): Findings {
  const found = Object.keys(metrics).map((name) => {
    const value = sample(text, `boxoffice_audit_${name}`);
    if (value === undefined) throw new Error(`the auditor does not tell boxoffice_audit_${name}`);
    return [name, value] as const;
  });
  return { found: Object.fromEntries(found), looks: sample(text, 'boxoffice_audit_look_seconds_count{kind="all"}') ?? 0 };
}

export const open = ({ found }: Findings): string[] => Object.entries(found).flatMap(([name, count]) => (count > 0 ? [`${name} ${count}`] : []));

const findingsOf = (cluster: Cluster): Promise<Findings> =>
  atPod(cluster, { component: 'auditor', port: 9106 }, async (url) => findingsIn(await (await fetch(`${url}/metrics`)).text()));

/** What the auditor finds once it has looked at everything. */
export const findingsOnceLooked = (cluster: Cluster): Promise<Findings> =>
  eventually(
    async () => {
      const findings = await findingsOf(cluster);
      if (findings.looks === 0) throw new Error('the auditor has not looked yet: read its log');
      return findings;
    },
    { withinMs: 300_000 },
  );

/** Waits until a look at everything that began after now finds no more than `before` did; throws with what it finds. */
export async function expectNothingNew(cluster: Cluster, before: Findings): Promise<Findings> {
  const { looks } = await findingsOnceLooked(cluster);
  return eventually(
    async () => {
      const findings = await findingsOf(cluster);
      const more = Object.entries(findings.found).filter(([name, count]) => count > (before.found[name] ?? 0));
      if (findings.looks < looks + 2) throw new Error('the auditor does not look again: read its log');
      if (more.length > 0) throw new Error(`the auditor finds what was not so before: ${more.map((pair) => pair.join(' ')).join(', ')}`);
      return findings;
    },
    { withinMs: 300_000 },
  );
}
