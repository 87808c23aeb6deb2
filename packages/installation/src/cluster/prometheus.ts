import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@boxoffice/testing';
import { z } from 'zod';
import { chartFolder } from '../charts/helm.ts';
import { type KubernetesObject, objectsIn } from '../charts/objects.ts';
import type { Sample } from '../monitoring/panel-answers.ts';
import type { Cluster } from './cluster.ts';
import { servingPods } from './pods.ts';
import { filesOf } from './prometheus-config.ts';

const Labels = z.record(z.string(), z.string());
const Answer = <T extends z.ZodType>(data: T) => z.object({ status: z.literal('success'), data });
const Vector = Answer(z.object({ result: z.array(z.object({ metric: Labels, value: z.tuple([z.number(), z.string()]) })) }));
const Alerts = Answer(z.object({ alerts: z.array(z.object({ labels: Labels, annotations: Labels, state: z.enum(['pending', 'firing']) })) }));
type Alert = z.output<typeof Alerts>['data']['alerts'][number];

/** A Prometheus beside the release's customers. */
export interface Prometheus {
  /** What the installation is called in its labels. */
  installation: string;
  targets: number;
  /** Throws an Error with Prometheus' words when it is no query. */
  query(expr: string): Promise<Sample[]>;
  firing(): Promise<Alert[]>;
  /** Waits until an alert fires, or no longer does. Answers seconds, and the alert. */
  untilFiring(name: string, withinMs: number): Promise<{ seconds: number; alert: Alert }>;
  untilSilent(name: string, withinMs: number): Promise<number>;
}

const name = 'prometheus';
/** Asking is a process of kubectl each time, on the same machine perhaps. */
const lookEveryMs = 2_000;

/** Starts a Prometheus of the release's pods as they are now, in the customers' namespace, with the rules of the tree's chart; what was there of it is removed. */
export async function startPrometheus(cluster: Cluster): Promise<Prometheus> {
  const { kubectl } = cluster.customers;
  const objects = await monitoringOf(cluster);
  const pods = await servingPods(cluster);
  const files = filesOf(objects, pods);
  await stopPrometheus(cluster);
  await kubectl.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: files }, podOf(cluster.prometheusImage));
  await kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s').catch((error: Error) => {
    throw new Error(
      `No Prometheus starts from ${cluster.prometheusImage}: give an image that the nodes have by --prometheus-image. ${error.message}`,
    );
  });
  const targets: unknown[] = JSON.parse(files['targets.json']);
  return { installation: `${cluster.namespace}/${cluster.release}`, targets: targets.length, ...questions(cluster) };
}

export async function stopPrometheus({ customers: { kubectl } }: Cluster): Promise<void> {
  await kubectl('delete', `pod/${name}`, `configmap/${name}`, '--ignore-not-found', '--wait');
}

/** The chart's monitoring objects for this release. */
async function monitoringOf({ helm, release }: Cluster): Promise<{ serviceMonitor: KubernetesObject; rules: KubernetesObject }> {
  const switches = ['monitoring.serviceMonitor.enabled=true', 'monitoring.rules.enabled=true'].flatMap((value) => ['--set', value]);
  const objects = objectsIn(await helm('template', release, chartFolder, ...switches));
  const ofKind = (wanted: string) => objects.find(({ kind }) => kind === wanted);
  return { serviceMonitor: ofKind('ServiceMonitor'), rules: ofKind('PrometheusRule') };
}

function podOf(image: string): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{
            name,
            image,
            imagePullPolicy: 'IfNotPresent',
            args: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
          },
          ports: [{ name: 'http', containerPort: 9090 }],
          readinessProbe: { httpGet: { path: '/-/ready', port: 'http' }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
          volumeMounts: [
            { name: 'config', mountPath: '/etc/prometheus', readOnly: true },
            { name: 'data', mountPath: '/prometheus' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name } },
        { name: 'data', emptyDir: {} },
      ],
    },
  };
}

function questions({ customers }: Cluster): Pick<Prometheus, 'query' | 'firing' | 'untilFiring' | 'untilSilent'> {
  const path = `/api/v1/namespaces/${customers.namespace}/pods/${name}:9090/proxy/api/v1`;
  const ask = async <T extends z.ZodType>(answer: T, question: string) =>
    answer.parse(JSON.parse(await customers.kubectl('get', '--raw', `${path}/${question}`)));
  const firing = async () => (await ask(Alerts, 'alerts')).data.alerts.filter(({ state }) => state === 'firing');
  const until = async <T>(check: (alert: Alert | undefined) => T, alertname: string, withinMs: number) => {
    const began = performance.now();
    const look = async () => {
      await sleep(lookEveryMs);
      return check((await firing()).find(({ labels }) => labels.alertname === alertname));
    };
    return { answer: await eventually(look, { withinMs }), seconds: Math.round((performance.now() - began) / 1_000) };
  };
  return {
    query: async (expr) => (await ask(Vector, `query?query=${encodeURIComponent(expr)}`)).data.result,
    firing,
    async untilFiring(alertname, withinMs) {
      const fires = (alert: Alert | undefined) => alert ?? raise(`${alertname} has not fired within ${withinMs / 1_000} s`);
      const { answer: alert, seconds } = await until(fires, alertname, withinMs);
      return { alert, seconds };
    },
    async untilSilent(alertname, withinMs) {
      const isSilent = (alert: Alert | undefined) => alert && raise(`${alertname} still fires after ${withinMs / 1_000} s`);
      return (await until(isSilent, alertname, withinMs)).seconds;
    },
  };
}

function raise(words: string): never {
  throw new Error(words);
}
