import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as far as rules look into it; what a rule reads it checks. */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
export type KubernetesObject = any;

export const objectsIn = (yaml: string): KubernetesObject[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS())
    .filter((object) => object !== null && object !== undefined);

export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata?.name}`;

/** The pod template of an object that makes pods. */
export function podOf(object: KubernetesObject): { metadata: KubernetesObject; spec: KubernetesObject } | undefined {
  if (object.kind === 'Pod') return object;
  if (object.kind === 'CronJob') return object.spec.jobTemplate.spec.template;
  return object.spec?.template?.spec?.containers ? object.spec.template : undefined;
}

export const containersOf = (pod: KubernetesObject): KubernetesObject[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
