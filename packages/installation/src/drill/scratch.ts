import { randomBytes } from 'node:crypto';
import { eventually } from '@boxoffice/testing';
import { type Kubectl, kubectlIn } from '../cluster/kubectl.ts';
import { type Maker, makeNamespace, removeNamespace } from '../cluster/namespaces.ts';
import { inPsql, type Reached } from './pod-programs.ts';

const ofDrill: Maker = { madeBy: 'restore-drill', option: '--into' };
export const scratchPod = 'restored-postgres';
const labels = { 'app.kubernetes.io/name': scratchPod };

/** An empty PostgreSQL server in a namespace of its own. */
export interface Scratch {
  namespace: string;
  kubectl: Kubectl;
  /** The server's host inside the cluster. */
  host: string;
  /** A database of it, as the superuser. */
  at(database: string): Reached;
}

/** Makes the namespace and the server in it, which keeps its data in the pod; throws where the namespace is somebody else's. */
export async function makeScratch(namespace: string, image: string): Promise<Scratch> {
  await removeScratch(namespace);
  await makeNamespace(namespace, ofDrill);
  const kubectl = kubectlIn(namespace);
  const password = randomBytes(18).toString('hex');
  await kubectl.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: scratchPod, labels }, stringData: { password } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: scratchPod, labels }, spec: { selector: labels, ports: [{ port: 5432 }] } },
    podOf(image),
    staysInside,
  );
  await kubectl('wait', `pod/${scratchPod}`, '--for=condition=Ready', '--timeout=5m');
  const at = (database: string): Reached => ({ namespace, pod: scratchPod, host: '127.0.0.1', port: '5432', user: 'postgres', password, database });
  // The first start ends once, when its folder is filled.
  await eventually(() => inPsql(at('postgres'), (session) => session.rows('SELECT 1')), { withinMs: 60_000 });
  return { namespace, kubectl, host: scratchPod, at };
}

/** Removes a namespace that an earlier drill made, with all that is in it. */
export const removeScratch = (namespace: string): Promise<void> => removeNamespace(namespace, ofDrill);

/** A copy must not send the mails and settle the payments of the original: what speaks to the world speaks to this namespace alone, where policies are enforced. */
const staysInside = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'stays-inside', labels },
  spec: {
    podSelector: { matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['payment', 'notification-analytics'] }] },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: {} }] }, { ports: [53, 8053].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol }))) }],
  },
};

function podOf(image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: scratchPod, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{ name: 'postgres', image, imagePullPolicy: 'IfNotPresent', args: ['-c', 'max_connections=300'] },
          env: [
            { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: scratchPod, key: 'password' } } },
            { name: 'PGDATA', value: '/var/lib/postgresql/pgdata' },
          ],
          readinessProbe: { exec: { command: ['pg_isready', '--quiet', '--host=127.0.0.1'] }, periodSeconds: 1 },
          resources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '1Gi' } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          volumeMounts: Object.entries(folders).map(([subPath, mountPath]) => ({ name: 'data', subPath, mountPath })),
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  };
}
const folders = { data: '/var/lib/postgresql', run: '/var/run/postgresql', tmp: '/tmp' };
