import { type Namespace, type PlainRoute, plainRoutes, routers } from '@boxoffice/contracts';

/** Who answers a request, and how it must be carried. */
export type Owner = {
  namespace: Namespace;
  stream: boolean;
  /** Bytes; undefined where the service itself says no. */
  maxBodyBytes: number | undefined;
};
const namespaces = new Set<string>(Object.keys(routers));
const routes: readonly PlainRoute[] = Object.values(plainRoutes);
const patterns = routes.map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`) }));

/** The procedures named in a tRPC address, in order: '/trpc/a.b,c.d?batch=1' → ['a.b', 'c.d']; undefined for any other address. */
export function proceduresIn(url: string): string[] | undefined {
  if (!url.startsWith('/trpc/')) return undefined;
  try {
    return decodeURIComponent(url.slice('/trpc/'.length).split('?', 1)[0] ?? '').split(',');
  } catch {
    return undefined;
  }
}

/** The one service that owns everything this request asks for; undefined when nobody does, or several do. */
export function ownerOf(method: string, url: string): Owner | undefined {
  const procedures = proceduresIn(url);
  if (procedures) {
    const owners = new Set(procedures.map((path) => path.split('.', 1)[0] ?? ''));
    const [namespace = ''] = owners;
    return owners.size === 1 && namespaces.has(namespace) ? { namespace: namespace as Namespace, stream: false, maxBodyBytes: undefined } : undefined;
  }
  const path = url.split('?', 1)[0] ?? '';
  const found = patterns.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;
  return found && { namespace: found.owner, stream: found.stream, maxBodyBytes: found.maxBodyBytes > 0 ? found.maxBodyBytes : undefined };
}
