import type { KubernetesObject } from '../charts/objects.ts';
import { podOf } from '../charts/objects.ts';

/** What one group of a Prometheus' target file says. */
export type TargetGroup = { targets: string[]; labels: Record<string, string> };

/**
 * Targets as the chart's ServiceMonitor finds them: the port `metrics` of every pod of its components, with its labels and the pod's name. As a file and not by
 * Prometheus' own discovery: that needs an account with rights, and Debian's build does not have it.
 */
export function targetsOf(serviceMonitor: KubernetesObject, pods: readonly KubernetesObject[]): TargetGroup[] {
  const { selector, endpoints } = serviceMonitor.spec;
  const components: string[] = selector.matchExpressions.find(({ key }: { key: string }) => key.endsWith('/component')).values;
  const [{ port, relabelings }] = endpoints;
  const { replacement: installation } = relabelings.find(({ targetLabel }: { targetLabel: string }) => targetLabel === 'installation');
  const componentOf = ({ metadata }: KubernetesObject): string => metadata.labels['app.kubernetes.io/component'];
  return pods
    .filter((pod) => components.includes(componentOf(pod)))
    .map((pod) => ({
      targets: [`${pod.status.podIP}:${portOf(pod, port)}`],
      labels: { installation, component: componentOf(pod), namespace: pod.metadata.namespace, pod: pod.metadata.name },
    }));
}

function portOf(pod: KubernetesObject, name: string): number {
  const ports = podOf(pod)?.spec.containers.flatMap((container: KubernetesObject) => container.ports ?? []) ?? [];
  const port = ports.find((one: { name: string }) => one.name === name)?.containerPort;
  if (!port) throw new Error(`the pod ${pod.metadata.name} has no port ${name}`);
  return port;
}

/** The files of a Prometheus that scrapes as the ServiceMonitor says and evaluates the rules of the PrometheusRule; JSON is YAML. */
export function filesOf(objects: { serviceMonitor: KubernetesObject; rules: KubernetesObject }, pods: readonly KubernetesObject[]) {
  const [{ interval, scrapeTimeout, path }] = objects.serviceMonitor.spec.endpoints;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: scrapeTimeout, evaluation_interval: interval },
    rule_files: ['rules.json'],
    scrape_configs: [{ job_name: 'boxoffice', metrics_path: path, file_sd_configs: [{ files: ['targets.json'] }] }],
  };
  return {
    'prometheus.yml': JSON.stringify(config),
    'rules.json': JSON.stringify(objects.rules.spec),
    'targets.json': JSON.stringify(targetsOf(objects.serviceMonitor, pods)),
  };
}
