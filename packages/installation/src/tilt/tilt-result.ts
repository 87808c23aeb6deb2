import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { z } from 'zod';
import { prepareHelm } from '../charts/helm.ts';
import { objectsIn } from '../charts/objects.ts';
import type { Image, Resource, Session } from './session.ts';

const run = promisify(execFile);
const list = <T extends z.ZodType>(one: T) =>
  z
    .array(one)
    .nullish()
    .transform((all) => all ?? []);
const Url = z.object({ Scheme: z.string(), Host: z.string(), Path: z.string() });
const LiveUpdate = z.object({
  basePath: z.string().optional(),
  stopPaths: list(z.string()),
  syncs: list(z.object({ localPath: z.string(), containerPath: z.string() })),
  execs: list(z.object({ args: z.array(z.string()) })),
});
const Target = z.object({
  yaml: z.string().optional(),
  portForwardTemplateSpec: z.object({ forwards: list(z.object({ localPort: z.number(), containerPort: z.number() })) }).nullish(),
  PodReadinessMode: z.string().optional(),
  Links: list(z.object({ URL: Url })),
  UpdateCmdSpec: z.object({ args: z.array(z.string()) }).nullish(),
});
const Manifest = z.object({
  Name: z.string(),
  ImageTargets: list(
    z.object({
      selector: z.string(),
      LiveUpdateSpec: LiveUpdate.optional(),
      BuildDetails: z.object({ context: z.string(), args: list(z.string()) }),
    }),
  ),
  DeployTarget: Target,
  TriggerMode: z.int(),
  ResourceDependencies: list(z.string()),
  Labels: z.record(z.string(), z.string()).nullish(),
});
/** What `tilt alpha tiltfile-result` prints, as far as rules look into it. */
const Result = z.object({ Manifests: list(Manifest), CISettings: z.object({ timeout: z.string(), readinessTimeout: z.string() }) });

/** Tilt's numbers: 0 auto, 1 by hand after the first time, 2 by hand, 3 by hand the first time only. */
const followsFiles = (mode: number) => mode === 0 || mode === 3;
const startsByItself = (mode: number) => mode < 2;

function resourceOf({ Name, DeployTarget: target, TriggerMode, ResourceDependencies, Labels }: z.output<typeof Manifest>): Resource {
  return {
    name: Name,
    objects: target.yaml ? objectsIn(target.yaml) : [],
    command: target.UpdateCmdSpec?.args.at(-1),
    needs: ResourceDependencies,
    forwards: (target.portForwardTemplateSpec?.forwards ?? []).map(({ localPort, containerPort }) => ({
      local: localPort,
      container: containerPort,
    })),
    links: target.Links.map(({ URL: { Scheme, Host, Path } }) => `${Scheme}://${Host}${Path}`),
    labels: Object.keys(Labels ?? {}),
    startsByItself: startsByItself(TriggerMode),
    followsFiles: followsFiles(TriggerMode),
    waitsForPods: target.PodReadinessMode !== 'ignore',
  };
}

function imageOf({ selector, LiveUpdateSpec: live, BuildDetails: { context, args } }: z.output<typeof Manifest>['ImageTargets'][number]): Image {
  const at = (file: string) => path.resolve(live?.basePath || context, file);
  return {
    ref: selector,
    context,
    dockerfile: path.join(context, 'Dockerfile'),
    buildArgs: Object.fromEntries(args.map((arg) => [arg.split('=')[0], arg.slice(arg.indexOf('=') + 1)])),
    liveUpdate: live?.syncs.length
      ? {
          fallBackOn: live.stopPaths.map(at),
          syncs: live.syncs.map(({ localPath, containerPath }) => ({ from: at(localPath), to: containerPath })),
          runs: live.execs.map(({ args: words }) => words.at(-1) ?? ''),
        }
      : undefined,
  };
}

/** A session out of what Tilt printed; throws a ZodError where it has another shape. */
export function sessionOf(printed: unknown): Session {
  const { Manifests, CISettings } = Result.parse(printed);
  const loose = Manifests.filter(({ Name }) => Name === 'uncategorized');
  const images = Manifests.flatMap(({ ImageTargets }) => ImageTargets.map(imageOf));
  return {
    images: [...new Map(images.map((image) => [image.ref, image])).values()],
    resources: Manifests.filter((manifest) => !loose.includes(manifest)).map(resourceOf),
    loose: loose.flatMap((manifest) => resourceOf(manifest).objects),
    ci: { timeout: CISettings.timeout, readinessTimeout: CISettings.readinessTimeout },
  };
}

/** The session of a real Tilt; it is shown a kubeconfig with the context kind-boxoffice, and asks no cluster. */
export async function evaluateByTilt(tilt: string, tiltfile: string): Promise<Session> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-tilt-'));
  try {
    const name = 'kind-boxoffice';
    const clusters = [{ name, cluster: { server: 'https://127.0.0.1:6443' } }];
    const contexts = [{ name, context: { cluster: name, user: name } }];
    const config = { apiVersion: 'v1', kind: 'Config', 'current-context': name, clusters, contexts, users: [{ name, user: {} }] };
    await writeFile(path.join(folder, 'config'), stringify(config));
    const helm = path.dirname(await prepareHelm(3));
    const env = { PATH: `${helm}:/usr/local/bin:/usr/bin:/bin`, HOME: folder, KUBECONFIG: path.join(folder, 'config') };
    const { stdout } = await run(tilt, ['alpha', 'tiltfile-result', '-f', tiltfile], { env, maxBuffer: 64 * 1024 * 1024 });
    return sessionOf(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
