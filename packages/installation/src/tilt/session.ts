import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type KubernetesObject, nameOf, podOf } from '../charts/objects.ts';
import { builtIns, emptyRecording, held, type Recording, type Told } from './built-ins.ts';
import { type Executed, execute, type Plain } from './starlark.ts';

export const root = path.resolve(import.meta.dirname, '../../../..');

export type LiveUpdate = { fallBackOn: string[]; syncs: { from: string; to: string }[]; runs: string[] };
/** Paths are absolute. */
export type Image = { ref: string; context: string; dockerfile: string; buildArgs: Record<string, string>; liveUpdate: LiveUpdate | undefined };
export type Forward = { local: number; container: number };
/** A resource as Tilt's interface lists it: a workload with what goes with it, objects without pods, or a command here. */
export type Resource = {
  name: string;
  objects: KubernetesObject[];
  command: string | undefined;
  needs: string[];
  forwards: Forward[];
  links: string[];
  labels: string[];
  startsByItself: boolean;
  followsFiles: boolean;
  waitsForPods: boolean;
};
/** What Tilt makes of a Tiltfile. */
export type Session = {
  images: Image[];
  resources: Resource[];
  /** Objects that nobody put into a resource. */
  loose: KubernetesObject[];
  ci: { timeout: string; readinessTimeout: string };
};
export type Options = { subcommand?: 'up' | 'ci'; context?: string };

/**
 * Executes a Tiltfile as Tilt would, but touches nothing; helm really renders. Throws an Error for what Tilt refuses: unknown functions and
 * parameters, resources and objects that are not there, one name twice.
 */
export async function evaluate(tiltfile: string, { subcommand = 'up', context = 'kind-boxoffice' }: Options = {}): Promise<Session> {
  const recording = emptyRecording();
  const run = await execute(tiltfile, {
    functions: builtIns(recording, { context, read: (file) => readFile(file, 'utf8') }),
    values: { TRIGGER_MODE_AUTO: 'auto', TRIGGER_MODE_MANUAL: 'manual' },
    modules: { config: { tilt_subcommand: subcommand, main_dir: path.dirname(tiltfile) }, os: { environ: {} } },
  });
  try {
    return await assembled(recording, run, path.dirname(tiltfile));
  } finally {
    run.end();
  }
}

async function assembled(recording: Recording, run: Executed, folder: string): Promise<Session> {
  const loose = [...recording.objects];
  const names = loose.map(nameOf);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new Error(`k8s_yaml: ${twice} is there twice`);
  const resources = await workloadsOf(loose, recording, run);
  for (const given of recording.calls.k8s_resource) configure(given, resources, loose);
  for (const given of recording.calls.local_resource) add(resources, { ...resource(given), name: text(given.name), command: text(given.cmd) });
  const [ci = {}] = recording.calls.ci_settings;
  return {
    images: recording.calls.docker_build.map((given) => imageOf(given, folder)),
    resources: [...resources.values()],
    loose,
    ci: { timeout: text(ci.timeout), readinessTimeout: text(ci.readiness_timeout) },
  };
}

const text = (value: Plain | undefined) => (value === undefined || value === null ? '' : String(value));
const many = (value: Plain | undefined): Plain[] => (value === undefined || value === null ? [] : [value].flat());

/** Every workload with the Services that select its pods, taken out of `loose`. */
async function workloadsOf(loose: KubernetesObject[], { calls }: Recording, run: Executed): Promise<Map<string, Resource>> {
  const resources = new Map<string, Resource>();
  const nameFunction = calls.workload_to_resource_function.at(-1)?.fn;
  for (const workload of loose.filter(podOf)) {
    const { kind, metadata } = workload;
    const id = {
      $struct: { name: metadata.name, kind, namespace: metadata.namespace, group: workload.apiVersion.split('/')[0] },
    };
    const name = nameFunction === undefined ? metadata.name : text(await run.invoke(nameFunction, id));
    const labels = podOf(workload)?.metadata.labels ?? {};
    const selects = (selector: Record<string, string>) => Object.entries(selector).every(([label, value]) => labels[label] === value);
    const services = loose.filter((object) => object.kind === 'Service' && object.spec.selector && selects(object.spec.selector));
    for (const object of [workload, ...services]) loose.splice(loose.indexOf(object), 1);
    add(resources, { ...resource({}), name, objects: [workload, ...services] });
  }
  return resources;
}

function add(resources: Map<string, Resource>, one: Resource): void {
  if (resources.has(one.name)) throw new Error(`two resources are called ${one.name}`);
  resources.set(one.name, one);
}

/** k8s_resource: says more about a workload, or makes a resource of loose objects. */
function configure(given: Told, resources: Map<string, Resource>, loose: KubernetesObject[]): void {
  const objects = many(given.objects).map((selector) => take(text(selector), loose));
  if (given.workload === undefined) {
    if (objects.length === 0) throw new Error(`k8s_resource ${text(given.new_name)} has neither workload nor objects`);
    add(resources, { ...resource(given), name: text(given.new_name), objects });
    return;
  }
  const known = resources.get(text(given.workload));
  if (!known) throw new Error(`k8s_resource: there is no workload ${text(given.workload)} (${[...resources.keys()].join(', ')})`);
  resources.set(known.name, { ...resource(given), name: known.name, objects: [...known.objects, ...objects] });
}

/** The one object of a selector name:kind, taken out of `loose`. */
function take(selector: string, loose: KubernetesObject[]): KubernetesObject {
  const [name, kind] = selector.split(':');
  const found = loose.filter((object) => object.metadata.name === name && (kind === undefined || object.kind.toLowerCase() === kind));
  if (found.length !== 1) throw new Error(`the object selector ${selector} fits ${found.length} objects`);
  return loose.splice(loose.indexOf(found[0]), 1)[0];
}

const resource = (given: Told): Resource => ({
  name: '',
  objects: [],
  command: undefined,
  needs: many(given.resource_deps).map(text),
  forwards: many(given.port_forwards).map((forward) => {
    const { local_port, container_port } = held(forward, 'forward') as Told;
    return { local: Number(local_port), container: Number(container_port ?? local_port) };
  }),
  links: many(given.links).map((link) => text((held(link, 'link') as Told).url)),
  labels: many(given.labels).map(text),
  startsByItself: given.auto_init !== false,
  followsFiles: given.trigger_mode !== 'manual',
  waitsForPods: given.pod_readiness !== 'ignore',
});

function imageOf({ ref, context, dockerfile, build_args, live_update }: Told, folder: string): Image {
  const at = path.resolve(folder, text(context));
  const buildArgs = Object.fromEntries(Object.entries((build_args ?? {}) as Told).map(([name, value]) => [name, text(value)]));
  const steps = many(live_update).map((step) => held(step, 'step') as Told);
  return {
    ref: text(ref),
    context: at,
    dockerfile: path.resolve(at, text(dockerfile) || 'Dockerfile'),
    buildArgs,
    liveUpdate: steps.length === 0 ? undefined : liveUpdateOf(steps),
  };
}

const order = ['fallBackOn', 'from', 'run'] as const;
function liveUpdateOf(steps: Told[]): LiveUpdate {
  const ranks = steps.map((step) => order.findIndex((key) => key in step));
  if (ranks.some((rank, at) => rank < (ranks[at - 1] ?? 0))) throw new Error('live_update: fall_back_on comes first, then sync, then run');
  return {
    fallBackOn: steps.flatMap((step) => many(step.fallBackOn).map(text)),
    syncs: steps.filter((step) => 'from' in step).map(({ from, to }) => ({ from: text(from), to: text(to) })),
    runs: steps.filter((step) => 'run' in step).map(({ run }) => text(run)),
  };
}
