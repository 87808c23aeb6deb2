import { ApiException, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';

/** The content of a Secret, decoded, and the version it was read at. */
export type Content = { data: Readonly<Record<string, string>>; version: string };

/** Secrets of one namespace. */
export interface SecretStore {
  /** Undefined when there is no such Secret. */
  read(name: string): Promise<Content | undefined>;
  /** Adds or replaces keys; false when the Secret has changed since `version`, and nothing was written. */
  write(name: string, keys: Readonly<Record<string, string>>, version: string): Promise<boolean>;
}

const hasCode = (error: unknown, code: number) => error instanceof ApiException && error.code === code;

/** The Secrets of a namespace of the cluster that this pod, or the current kube context, belongs to. */
export function clusterSecrets(namespace: string): SecretStore {
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = config.makeApiClient(CoreV1Api);
  return {
    async read(name) {
      try {
        const { data = {}, metadata } = await api.readNamespacedSecret({ name, namespace });
        const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
        return { data: Object.fromEntries(decoded), version: metadata?.resourceVersion ?? '' };
      } catch (error) {
        if (hasCode(error, 404)) return undefined;
        throw withoutBody(error);
      }
    },
    async write(name, keys, version) {
      const data = Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
      const body = { metadata: { resourceVersion: version }, data };
      try {
        await api.patchNamespacedSecret({ name, namespace, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
        return true;
      } catch (error) {
        if (hasCode(error, 409)) return false;
        throw withoutBody(error);
      }
    },
  };
}

/** An API server may answer with what it was sent. */
const withoutBody = (error: unknown): unknown =>
  error instanceof ApiException
    ? new Error(`the API server answered ${error.code}: may this account get and patch the Secrets of this release?`)
    : error;
