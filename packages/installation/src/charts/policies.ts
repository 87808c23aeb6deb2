import { containersOf, type KubernetesObject, nameOf, podOf } from './objects.ts';

/** What is wrong with an object, one line each; `all` is everything that was rendered with it. */
type Policy = (object: KubernetesObject, all: readonly KubernetesObject[]) => string[];

const ofPods =
  (check: (pod: KubernetesObject, object: KubernetesObject) => string[]): Policy =>
  (object) => {
    const pod = podOf(object);
    return pod ? check(pod, object) : [];
  };
const ofContainers = (check: (container: KubernetesObject, object: KubernetesObject) => string[]): Policy =>
  ofPods((pod, object) => containersOf(pod).flatMap((container) => check(container, object).map((fault) => `${container.name}: ${fault}`)));
const must = (isGood: boolean, fault: string) => (isGood ? [] : [fault]);
const isLasting = ({ kind }: KubernetesObject) => kind === 'Deployment' || kind === 'StatefulSet';
const allowedVolumes = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);
const selects = (selector: Record<string, string>, labels: Record<string, string> = {}) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);
const labelsOfPods = (all: readonly KubernetesObject[]): Record<string, string>[] => all.flatMap((object) => podOf(object)?.metadata?.labels ?? []);

/** PodSecurity *restricted*, field by field, and our own rules. */
export const policies: Record<string, Policy> = {
  'not root, by number': ofPods(({ spec: { securityContext: own = {} } }) => [
    ...must(own.runAsNonRoot === true, 'runAsNonRoot is not true'),
    ...must(own.runAsUser > 0, 'runAsUser is not a number above 0'),
    ...must(own.runAsGroup > 0, 'runAsGroup is not a number above 0'),
  ]),
  'seccomp profile of the runtime': ofPods(({ spec }) => must(spec.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'no RuntimeDefault')),
  'nothing of the host': ofPods(({ spec }) => [
    ...must(!spec.hostNetwork && !spec.hostPID && !spec.hostIPC, 'shares a namespace of the host'),
    ...(spec.volumes ?? []).flatMap(({ name, ...source }: KubernetesObject) =>
      Object.keys(source).flatMap((kind) => must(allowedVolumes.has(kind), `volume ${name} is a ${kind}`)),
    ),
  ]),
  'no privilege': ofContainers(({ securityContext: own = {} }) => [
    ...must(own.allowPrivilegeEscalation === false, 'may escalate'),
    ...must(own.privileged !== true, 'is privileged'),
    ...must(own.capabilities?.drop?.includes('ALL'), 'keeps capabilities'),
    ...must((own.capabilities?.add ?? []).length === 0, 'adds capabilities'),
    ...must(own.readOnlyRootFilesystem === true, 'writes to its image'),
  ]),
  'no port of the host': ofContainers(({ ports = [] }) =>
    must(
      ports.every((port: KubernetesObject) => !port.hostPort),
      'takes a port of the host',
    ),
  ),
  'requests and a limit of memory': ofContainers(({ resources = {} }) => [
    ...must(resources.requests?.cpu && resources.requests?.memory, 'no requests'),
    ...must(resources.limits?.memory, 'no limit of memory'),
  ]),
  'probes on what lasts': ofContainers(({ startupProbe, readinessProbe, livenessProbe }, object) =>
    must(!isLasting(object) || (startupProbe && readinessProbe && livenessProbe), 'lacks a probe'),
  ),
  'an image by version': ofContainers(({ image = '' }) =>
    must(/(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image) && !image.endsWith(':latest'), `image ${image}`),
  ),
  'a token for whoever fills Secrets alone': ofPods(({ spec }, { metadata }) =>
    must(spec.automountServiceAccountToken === false || /-secrets(-|$)/.test(metadata.name), 'mounts a token'),
  ),
  'an account of its own': ofPods(({ spec }) => must(spec.serviceAccountName && spec.serviceAccountName !== 'default', 'runs as default')),
  'no links to Services in the environment': ofPods(({ spec }) => must(spec.enableServiceLinks === false, 'enableServiceLinks')),
  'names fit': ({ kind, metadata }) =>
    must(metadata.name.length <= (kind === 'StatefulSet' || kind === 'CronJob' ? 52 : 63), `${metadata.name.length} letters`),
  'recommended labels': ({ metadata }) =>
    ['name', 'instance', 'managed-by'].flatMap((label) => must(metadata.labels?.[`app.kubernetes.io/${label}`], `no app.kubernetes.io/${label}`)),
  'a Service has pods': ({ kind, spec }, all) =>
    must(kind !== 'Service' || !spec.selector || labelsOfPods(all).some((labels) => selects(spec.selector, labels)), 'selects nobody'),
  'a NetworkPolicy has pods': ({ kind, spec }, all) =>
    must(kind !== 'NetworkPolicy' || labelsOfPods(all).some((labels) => selects(spec.podSelector.matchLabels ?? {}, labels)), 'selects nobody'),
  'no secret in the chart': ({ kind, data, stringData }) => must(kind !== 'Secret' || (!data && !stringData), 'content is rendered'),
  'generated Secrets stay': ({ kind, metadata }) =>
    must(kind !== 'Secret' || metadata.annotations?.['helm.sh/resource-policy'] === 'keep', 'goes with the release'),
};

/** Everything a render breaks: 'rule: Kind/name: what'. */
export const findings = (all: readonly KubernetesObject[]): string[] =>
  Object.entries(policies).flatMap(([rule, policy]) =>
    all.flatMap((object) => policy(object, all).map((fault) => `${rule}: ${nameOf(object)}: ${fault}`)),
  );
