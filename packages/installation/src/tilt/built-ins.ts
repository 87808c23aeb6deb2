import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { helm } from '../charts/helm.ts';
import { type KubernetesObject, objectsIn } from '../charts/objects.ts';
import type { Call, Plain } from './starlark.ts';

/** Tilt's built-in functions that the Tiltfile calls, with their parameters in order; `?` may be left out. Others do not exist here. */
const signatures = {
  allow_k8s_contexts: 'contexts',
  ci_settings: 'k8s_grace_period? timeout? readiness_timeout?',
  decode_yaml_stream: 'yaml',
  docker_build:
    'ref context build_args? dockerfile? dockerfile_contents? live_update? match_in_env_vars? ignore? only? entrypoint? target? ssh? network? secret? extra_tag?',
  encode_yaml_stream: 'objs',
  fall_back_on: 'files',
  helm: 'pathToChartDir name? namespace? values? set? kube_version? skip_crds?',
  k8s_context: '',
  k8s_resource:
    'workload? new_name? port_forwards? extra_pod_selectors? trigger_mode? resource_deps? objects? auto_init? pod_readiness? links? labels? discovery_strategy?',
  k8s_yaml: 'yaml allow_duplicates?',
  link: 'url name?',
  local_resource:
    'name cmd deps? trigger_mode? resource_deps? ignore? auto_init? serve_cmd? cmd_bat? serve_cmd_bat? allow_parallel? links? labels? env? serve_env? readiness_probe? dir? serve_dir?',
  port_forward: 'local_port container_port? name? link_path? host?',
  run: 'cmd trigger? echo_off?',
  sync: 'local_path remote_path',
  update_settings: 'max_parallel_updates? k8s_upsert_timeout_secs? suppress_unused_image_warnings? k8s_server_side_apply?',
  workload_to_resource_function: 'fn',
} as const;
type Name = keyof typeof signatures;
/** What a function was told, by parameter. */
export type Told = Record<string, Plain>;

/** What the Tiltfile has asked for, call by call, and the objects it gave to the cluster. */
export type Recording = { calls: Record<Name, Told[]>; objects: KubernetesObject[] };

/** The arguments of a call by parameter; throws an Error about one that Tilt would refuse. */
export function told({ call, args, kwargs }: Call): Told {
  const parameters = signatures[call as Name].split(' ').filter(Boolean);
  const names = parameters.map((name) => name.replace('?', ''));
  if (args.length > names.length) throw new Error(`takes ${names.length} arguments, not ${args.length}`);
  const byPosition = Object.fromEntries(args.map((value, at) => [names[at], value]));
  for (const name of Object.keys(kwargs)) {
    if (!names.includes(name)) throw new Error(`has no parameter ${name}`);
    if (name in byPosition) throw new Error(`is told ${name} twice`);
  }
  const all = { ...byPosition, ...kwargs };
  const missing = parameters.find((name) => !name.endsWith('?') && !(name in all));
  if (missing) throw new Error(`misses ${missing}`);
  return all;
}

const opaque = (type: string, value: Plain): Plain => ({ $opaque: { type, value } });
/** What an opaque value holds; throws when it is something else. */
export function held(value: Plain | undefined, type: string): Plain {
  const inner = (value as { $opaque?: { type: string; value: Plain } } | undefined)?.$opaque;
  if (inner?.type !== type) throw new Error(`wants a ${type}, not ${JSON.stringify(value)}`);
  return inner.value;
}

/** helm() as Tilt does it: renders, hooks included, and adds the namespace. */
async function rendered(folder: string, { pathToChartDir, name, namespace, values, set }: Told): Promise<string> {
  const at = (file: Plain) => path.resolve(folder, String(file));
  const flags = [values ?? []].flat().flatMap((file) => ['--values', at(file)]);
  const settings = [set ?? []].flat().flatMap((setting) => ['--set', String(setting)]);
  const { code, output } = await helm(3, 'template', String(name), at(pathToChartDir ?? ''), '--namespace', String(namespace), ...flags, ...settings);
  if (code) throw new Error(output);
  return `${stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })}---\n${output}`;
}

/** YAML as Tilt reads it, by version 1.1: 0440 is octal. */
const decoded = (yaml: string): KubernetesObject[] =>
  yaml
    .split(/^---$/m)
    .map((document) => parse(document, { version: '1.1' }))
    .filter(Boolean);

function existing(folder: string, file: Plain | undefined): string {
  const found = path.resolve(folder, String(file));
  if (!existsSync(found)) throw new Error(`there is no ${found}`);
  return found;
}

/** Tilt's functions for one run: they write down what they are told, and answer what the Tiltfile goes on with. */
export function builtIns(recording: Recording, { context, read }: { context: string; read: (file: string) => Promise<string> }) {
  const answers: Partial<Record<Name, (given: Told, folder: string) => Plain | Promise<Plain>>> = {
    k8s_context: () => context,
    helm: async (given, folder) => opaque('blob', await rendered(folder, given)),
    decode_yaml_stream: ({ yaml }) => decoded(String(held(yaml, 'blob'))),
    encode_yaml_stream: ({ objs }) => opaque('blob', (objs as Plain[]).map((object) => JSON.stringify(object)).join('\n---\n')),
    k8s_yaml: async ({ yaml }, folder) => {
      const text = typeof yaml === 'string' ? await read(existing(folder, yaml)) : String(held(yaml, 'blob'));
      recording.objects.push(...objectsIn(text));
      return null;
    },
    fall_back_on: ({ files }, folder) => opaque('step', { fallBackOn: [files ?? []].flat().map((file) => existing(folder, file)) }),
    sync: ({ local_path, remote_path }, folder) => opaque('step', { from: existing(folder, local_path), to: remote_path ?? null }),
    run: ({ cmd, trigger }) => opaque('step', { run: cmd ?? null, trigger: trigger ?? [] }),
    link: (given) => opaque('link', given),
    port_forward: (given) => opaque('forward', given),
  };
  const names = Object.keys(signatures) as Name[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (call: Call) => {
        const given = told(call);
        recording.calls[name].push(given);
        return (await answers[name]?.(given, call.folder)) ?? null;
      },
    ]),
  );
}

/** Nothing asked for yet. */
export const emptyRecording = (): Recording => ({
  calls: Object.fromEntries(Object.keys(signatures).map((name) => [name, []])) as unknown as Recording['calls'], // every name is a key
  objects: [],
});
