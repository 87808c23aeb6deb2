import { expect, test } from 'vitest';
import type { KubernetesObject } from './objects.ts';
import { findings, policies } from './policies.ts';

const labels = { 'app.kubernetes.io/name': 'hall', 'app.kubernetes.io/instance': 'hall', 'app.kubernetes.io/managed-by': 'Helm' };
const probe = { httpGet: { path: '/readyz', port: 'http' } };
/** A Deployment that breaks nothing. */
const good = (): KubernetesObject => ({
  kind: 'Deployment',
  metadata: { name: 'hall-gateway', labels },
  spec: {
    template: {
      metadata: { labels },
      spec: {
        ...{ automountServiceAccountToken: false, enableServiceLinks: false, serviceAccountName: 'hall-gateway' },
        securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        volumes: [{ name: 'tmp', emptyDir: {} }],
        containers: [
          {
            ...{ name: 'gateway', image: 'boxoffice:1.0.0', startupProbe: probe, readinessProbe: probe, livenessProbe: probe },
            resources: { requests: { cpu: '1', memory: '1Mi' }, limits: { memory: '1Mi' } },
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    },
  },
});
const podSpec = (object: KubernetesObject) => object.spec.template.spec;
const container = (object: KubernetesObject) => podSpec(object).containers[0];
const service = { kind: 'Service', metadata: { name: 'hall', labels }, spec: { selector: { nobody: 'there' } } };

/** For each rule a change that breaks it, and it alone. */
const breaks: Record<string, (object: KubernetesObject) => KubernetesObject | undefined> = {
  'not root, by number': (object) => void delete podSpec(object).securityContext.runAsGroup,
  'seccomp profile of the runtime': (object) => void delete podSpec(object).securityContext.seccompProfile,
  'nothing of the host': (object) => void podSpec(object).volumes.push({ name: 'host', hostPath: { path: '/' } }),
  'no privilege': (object) => {
    container(object).securityContext.capabilities.drop = ['NET_RAW'];
    return undefined;
  },
  'no port of the host': (object) => {
    container(object).ports = [{ hostPort: 80 }];
    return undefined;
  },
  'requests and a limit of memory': (object) => void delete container(object).resources.limits,
  'probes on what lasts': (object) => void delete container(object).livenessProbe,
  'an image by version': (object) => {
    container(object).image = 'boxoffice:latest';
    return undefined;
  },
  'a token for whoever fills Secrets alone': (object) => void delete podSpec(object).automountServiceAccountToken,
  'an account of its own': (object) => void delete podSpec(object).serviceAccountName,
  'no links to Services in the environment': (object) => void delete podSpec(object).enableServiceLinks,
  'names fit': (object) => {
    object.metadata.name = 'x'.repeat(64);
    return undefined;
  },
  'recommended labels': (object) => {
    object.metadata.labels = { ...labels, 'app.kubernetes.io/name': undefined };
    return undefined;
  },
  'a Service has pods': () => service,
  'a NetworkPolicy has pods': () => ({ ...service, kind: 'NetworkPolicy', spec: { podSelector: { matchLabels: { nobody: 'there' } } } }),
  'no secret in the chart': () => ({
    kind: 'Secret',
    metadata: { name: 's', labels, annotations: { 'helm.sh/resource-policy': 'keep' } },
    data: { a: 'YQ==' },
  }),
  'generated Secrets stay': () => ({ kind: 'Secret', metadata: { name: 's', labels } }),
};

test('what is good breaks nothing', () => expect(findings([good()])).toEqual([]));

test.each(Object.keys(policies))('%s: is broken by a bad example, and nothing else is', (rule) => {
  const object = good();
  const more = breaks[rule]?.(object);
  const found = findings([object, ...(more ? [more] : [])]);
  expect(found.map((finding) => finding.split(': ')[0])).toEqual([rule]);
});
