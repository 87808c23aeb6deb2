import { eventually } from '@boxoffice/testing';
import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from './cluster.ts';
import type { Kubectl } from './kubectl.ts';

/** What a client is given: whom it logs in as, and what the test provider signs with. */
const secret = 'client';
const mounted = `/run/secrets/${secret}`;
const webhookKey = 'test-provider-webhook-secret';

/** A process of the image that comes from another namespace, as customers do. */
export interface Client {
  log(): Promise<string>;
  /** Waits until its log has a line that begins like this; throws with the log when none does in time. */
  says(words: string, withinMs: number): Promise<void>;
  /** Asks it to stop, as a node would. */
  stop(): Promise<void>;
  /** Waits for its end, and answers the log. Throws with the log when it ended with another code than 0, unless that is `allowed`. */
  end(withinMs: number, allowed?: number): Promise<string>;
}

/** Starts `boxoffice ARGS` in the customers' namespace, with the administrator's credentials. */
export async function startClient(cluster: Cluster, name: string, args: readonly string[]): Promise<Client> {
  await takeCredentials(cluster);
  return started(cluster.customers.kubectl, name, podOf(cluster.image, args));
}

/** Throws an Error where the nodes cannot get an image of the processes: what waits for it would wait for long. */
export async function expectImage(cluster: Cluster, image: string): Promise<void> {
  const usage = 2; // boxoffice without a word says which processes there are
  const { spec } = podOf(image, []);
  const [container] = spec.containers;
  const bare = { ...spec, volumes: [], containers: [{ ...container, env: [], volumeMounts: [] }] };
  const client = await started(cluster.customers.kubectl, 'image', { spec: bare });
  await client.end(60_000, usage).catch((error: Error) => {
    throw new Error(`The cluster's nodes do not run ${image}: charts/README.md says how images get there. ${error.message}`);
  });
  await cluster.customers.kubectl('delete', 'pod', 'image', '--wait=false');
}

async function started(kubectl: Kubectl, name: string, pod: { spec: object }): Promise<Client> {
  await kubectl('delete', 'pod', name, '--ignore-not-found');
  await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, ...pod });
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
      const code = await eventually(async () => exitCodeOf(name, await kubectl.json('get', 'pod', name)), { withinMs });
      const text = await log();
      if (code !== 0 && code !== allowed) throw new Error(`${name} ended with code ${code}:\n${text.slice(-4_000)}`);
      return text;
    },
  };
}

function exitCodeOf(name: string, { status }: KubernetesObject): number {
  const { terminated, waiting } = status?.containerStatuses?.[0]?.state ?? {};
  if (!terminated) throw new Error(`${name} has not ended: ${status?.phase} ${waiting?.reason ?? ''}`);
  return terminated.exitCode;
}

/** The release's own, as a Secret where its clients are. */
async function takeCredentials({ kubectl, nameOf, customers }: Cluster): Promise<void> {
  const [administrator, payment] = await Promise.all(['administrator', 'payment'].map((owner) => kubectl.json('get', 'secret', nameOf(owner))));
  const data = { ...administrator.data, [webhookKey]: payment.data[webhookKey] };
  await customers.kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, data });
}

function podOf(image: string, args: readonly string[]) {
  return {
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{ name: 'client', image, args },
          env: [
            { name: 'SMOKE_EMAIL_FILE', value: `${mounted}/email` },
            { name: 'SMOKE_PASSWORD_FILE', value: `${mounted}/password` },
            { name: 'TEST_PROVIDER_WEBHOOK_SECRET', valueFrom: { secretKeyRef: { name: secret, key: webhookKey } } },
          ],
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '512Mi' } },
          volumeMounts: [{ name: secret, mountPath: mounted, readOnly: true }],
        },
      ],
      volumes: [{ name: secret, secret: { secretName: secret, defaultMode: 0o440 } }],
    },
  };
}
