import { eventually } from '@boxoffice/testing';
import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from './cluster.ts';

const secret = 'administrator';
/** Where the image's `smoke`, `journey` and `load` look for whom they log in as. */
const mounted = `/run/secrets/${secret}`;

/** A process of the image that comes from another namespace, as customers do. */
export interface Client {
  log(): Promise<string>;
  /** Waits until its log has a line that begins like this; throws with the log when it ends before. */
  says(words: string, withinMs: number): Promise<void>;
  /** Asks it to stop, as a node would. */
  stop(): Promise<void>;
  /** Waits for its end, and answers the log. Throws with the log when it ended with another code than 0, unless that is `allowed`. */
  end(withinMs: number, allowed?: number): Promise<string>;
}

/** Starts `boxoffice ARGS` in the customers' namespace, with the administrator's credentials. */
export async function startClient(cluster: Cluster, name: string, args: readonly string[]): Promise<Client> {
  const { kubectl } = cluster.customers;
  await takeCredentials(cluster);
  await kubectl('delete', 'pod', name, '--ignore-not-found', '--wait');
  await kubectl.apply(podOf(cluster, name, args));
  const pod = () => kubectl.json('get', 'pod', name);
  const log = () => kubectl('logs', name);
  return {
    log,
    says: (words, withinMs) =>
      eventually(
        async () => {
          const text = await log();
          if (!text.split('\n').some((line) => line.startsWith(words))) throw new Error(`${name} has not said ${words} yet:\n${text.slice(-2_000)}`);
        },
        { withinMs },
      ),
    stop: async () => void (await kubectl('exec', name, '--', 'sh', '-c', 'kill -TERM 1')),
    end: async (withinMs, allowed = 0) => {
      const code = await eventually(async () => exitCodeOf(name, await pod()), { withinMs });
      const text = await log();
      if (code !== 0 && code !== allowed) throw new Error(`${name} ended with code ${code}:\n${text.slice(-4_000)}`);
      return text;
    },
  };
}

function exitCodeOf(name: string, { status }: KubernetesObject): number {
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  if (!ended) throw new Error(`${name} has not ended: ${status?.phase}`);
  return ended.exitCode;
}

/** The release's administrator, as a Secret where its clients are. */
async function takeCredentials({ kubectl, nameOf, customers }: Cluster): Promise<void> {
  const { data } = await kubectl.json('get', 'secret', nameOf('administrator'));
  await customers.kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, data });
}

function podOf({ image, customers }: Cluster, name: string, args: readonly string[]): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: customers.namespace } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{ name: 'client', image, args },
          env: ['EMAIL', 'PASSWORD'].map((key) => ({ name: `SMOKE_${key}_FILE`, value: `${mounted}/${key.toLowerCase()}` })),
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '512Mi' } },
          volumeMounts: [{ name: secret, mountPath: mounted, readOnly: true }],
        },
      ],
      volumes: [{ name: secret, secret: { secretName: secret, defaultMode: 0o440 } }],
    },
  };
}
