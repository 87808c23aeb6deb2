import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, ciValues, helm } from '../charts/helm.ts';
import { type KubernetesObject, nameOf, objectsIn } from '../charts/objects.ts';
import { valuesOfCopy } from './restored.ts';

/** What helm makes of a copy of an installation with these values. */
async function copyOf(original: KubernetesObject): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-drill-values-'));
  const files = valuesOfCopy(original).map((values, at) => [path.join(folder, `${at}.json`), JSON.stringify(values)] as const);
  for (const [name, content] of files) await writeFile(name, content);
  const named = files.flatMap(([name]) => ['--values', name]);
  const { code, output } = await helm(3, 'template', 'hall', chartFolder, ...named).finally(() => rm(folder, { recursive: true }));
  expect({ code, output: code ? output : '' }).toEqual({ code: 0, output: '' });
  return objectsIn(output);
}

test.each(await ciValues())(
  'a copy of an installation with %s values: its databases are the restored ones, and nothing of it is open to the world',
  async (_, file) => {
    const objects = await copyOf(parse(await readFile(file, 'utf8')));
    const env = (name: string): KubernetesObject[] =>
      objects.find((object) => nameOf(object) === `Deployment/hall-boxoffice-${name}`)?.spec.template.spec.containers[0].env;
    expect(env('booking')).toContainEqual({ name: 'DATABASE_URI', valueFrom: { secretKeyRef: { name: 'restored-booking', key: 'uri' } } });
    expect(env('booking')).toContainEqual({ name: 'DATABASE_URL', value: '$(DATABASE_URI)' });
    expect(env('notification-analytics').map(({ name }) => name)).not.toContain('SMTP_URL');
    const kinds = objects.map(nameOf);
    expect(kinds.filter((name) => /^(Ingress|HTTPRoute|HorizontalPodAutoscaler|ServiceMonitor|PrometheusRule)\//.test(name))).toEqual([]);
    expect(kinds).toContain('StatefulSet/hall-boxoffice-kafka');
    expect(kinds).not.toContain('StatefulSet/hall-boxoffice-postgres');
  },
);

test.each(['LoadBalancer', 'NodePort'])('a gateway that the original shows by a %s is reached inside the cluster alone', async (type) => {
  const annotations = { 'external-dns.alpha.kubernetes.io/hostname': 'tickets.example.org' };
  const services = (await copyOf({ gateway: { service: { type, annotations } } })).filter(({ kind }) => kind === 'Service');
  const gateway = services.find((service) => nameOf(service) === 'Service/hall-boxoffice-gateway');
  expect(gateway?.metadata.labels).toBeDefined();
  expect(gateway?.metadata.annotations).toBeUndefined();
  expect(services.filter(({ spec }) => (spec.type ?? 'ClusterIP') !== 'ClusterIP').map(nameOf)).toEqual([]);
});
