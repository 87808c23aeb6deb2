import { execFile } from 'node:child_process';
import path from 'node:path';
import { installByGo } from '@boxoffice/testing/go';
import type { KubernetesObject } from './objects.ts';
import { type Minor, prepareSchemas, type Schemas } from './schemas.ts';

const version = '0.8.0';

/** kubeconform and the schemas it needs, got at the first use; throws an Error that says what is missing. */
export async function prepareKubeconform(): Promise<{ binary: string; schemas: Schemas }> {
  const [binary, schemas] = await Promise.all([installByGo('github.com/yannh/kubeconform/cmd/kubeconform', version), prepareSchemas()]);
  if (binary === undefined) throw new Error('no kubeconform: Go builds it, install it (apt-get install golang-go, brew install go)');
  return { binary, schemas };
}

type Report = {
  resources: { kind: string; name: string; msg: string }[];
  summary: { valid: number; invalid: number; errors: number; skipped: number };
};

function ask(binary: string, args: string[], input: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = execFile(binary, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // It ends with 1 when something does not fit; then its report says what.
      if (stdout) resolve(JSON.parse(stdout));
      else reject(new Error(`kubeconform said nothing: ${stderr}`, { cause: error }));
    });
    child.stdin?.end(input);
  });
}

/** Its message says every place in one line, its list of faults the outermost alone. */
function faultsIn(message: string): string[] {
  const [whole = message, ...places] = message.split(/\s+- at /).map((part) => part.trim());
  return places.length ? places.filter((place) => !place.endsWith(': validation failed')) : [whole];
}

/** What does not fit the schemas of a minor of Kubernetes, 'Kind/name: where: what'. A kind without a schema is a finding too: nothing is skipped. */
export async function misfits(objects: readonly KubernetesObject[], minor: Minor): Promise<string[]> {
  const { binary, schemas } = await prepareKubeconform();
  const locations = [
    path.join(schemas.kubernetes, minor, '{{.ResourceKind}}{{.KindSuffix}}.json'),
    path.join(schemas.customResources, '{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'),
  ].flatMap((location) => ['-schema-location', location]);
  const args = ['-strict', '-summary', '-n', '2', '-output', 'json', '-kubernetes-version', `${minor}.0`, ...locations, '-'];
  const { resources, summary } = await ask(binary, args, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const found = resources.flatMap(({ kind, name, msg }) => faultsIn(msg).map((fault) => `${kind}/${name}: ${fault}`));
  const looked = summary.valid + summary.invalid + summary.errors;
  if (looked !== objects.length) found.push(`kubeconform looked at ${looked} of ${objects.length} objects`);
  return found;
}
