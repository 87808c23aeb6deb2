import { type HelmMajor, helm } from '../charts/helm.ts';
import { type Kubectl, kubectlIn } from './kubectl.ts';

export type ClusterOptions = {
  /** Where the release goes; its clients go to <namespace>-customers. */
  namespace: string;
  /** Images that the cluster's nodes can have: what is installed, and what it is upgraded to. */
  image: string;
  nextImage: string;
  /** A Prometheus, entered as the official image is: arguments follow. */
  prometheusImage: string;
  helmMajor: HelmMajor;
  print: (line: string) => void;
};

/** The release that is proven, and the cluster it is in. */
export interface Cluster extends ClusterOptions {
  release: string;
  /** In the release's namespace. */
  kubectl: Kubectl;
  /** The namespace of those who come from outside. */
  customers: { namespace: string; kubectl: Kubectl };
  /** Helm in the release's namespace; throws an Error with its words. */
  helm(...args: string[]): Promise<string>;
  /** By another major version than the usual one. */
  helmOf(major: HelmMajor): (...args: string[]) => Promise<string>;
  /** The name of a component's objects. */
  nameOf(component: string): string;
  /** Where the gateway answers inside the cluster. */
  url: string;
  /** Prints a figure of the step that runs. */
  say(line: string): void;
}

export const release = 'boxoffice';

export function clusterOf(options: ClusterOptions): Cluster {
  const { namespace, helmMajor, print } = options;
  const customers = `${namespace}-customers`;
  const helmOf =
    (major: HelmMajor) =>
    async (...args: string[]) => {
      const { code, output } = await helm(major, ...args, '--namespace', namespace);
      if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${output.trim()}`);
      return output;
    };
  const nameOf = (component: string) => `${release}-${component}`;
  return {
    ...options,
    release,
    kubectl: kubectlIn(namespace),
    customers: { namespace: customers, kubectl: kubectlIn(customers) },
    helm: helmOf(helmMajor),
    helmOf,
    nameOf,
    url: `http://${nameOf('gateway')}.${namespace}:8000`,
    say: (line) => print(`  ${line}`),
  };
}
