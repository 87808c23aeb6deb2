import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findOnPath } from '@boxoffice/testing/install';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf, rules, waitsFor } from './faults.ts';
import { evaluate, type Options, root, type Session } from './session.ts';
import { evaluateByTilt } from './tilt-result.ts';

const tiltfile = path.join(root, 'Tiltfile');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-tilt-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The Tiltfile and its helpers with one piece of text changed, in a copy beside the rest of the repository. */
async function changed(file: string, from: string | RegExp, to: string, options: Options = {}): Promise<Session> {
  const copy = await mkdtemp(path.join(folder, 'copy-'));
  for (const name of ['charts', 'packages', 'services', 'package.json', 'package-lock.json', 'Dockerfile'])
    await symlink(path.join(root, name), path.join(copy, name));
  for (const name of ['Tiltfile', 'tilt', 'k8s-dev']) await cp(path.join(root, name), path.join(copy, name), { recursive: true });
  const text = await readFile(path.join(copy, file), 'utf8');
  const after = text.replace(from, to);
  expect(after).not.toBe(text);
  await writeFile(path.join(copy, file), after);
  return evaluate(path.join(copy, 'Tiltfile'), options);
}

test('the Tiltfile breaks no rule', async () => expect(faultsOf(await evaluate(tiltfile))).toEqual([]));

const tilt = findOnPath('tilt');
test.skipIf(tilt === undefined)('by a real Tilt, too, where there is one', async () => {
  const [real, ours] = [await evaluateByTilt(tilt ?? '', tiltfile), await evaluate(tiltfile)];
  expect(faultsOf(real)).toEqual([]);
  const shape = ({ resources }: Session) => resources.map(({ name, needs }) => `${name}: ${needs.toSorted()}`).sort();
  expect(shape(real)).toEqual(shape(ours));
});

test('is at most 60 lines long', async () => expect((await readFile(tiltfile, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(60));

test('starts everything in an order that ends with the demo; checks wait for a click', async () => {
  const session = await evaluate(tiltfile);
  const byHand = session.resources.filter(({ startsByItself }) => !startsByItself).map(({ name }) => name);
  expect(byHand.sort()).toEqual(['check', 'journey', 'load', 'smoke', 'test-charts']);
  const processes = ['gateway', 'booking', 'identity', 'payment', 'ticketing', 'notification-analytics', 'auditor'];
  expect(session.resources.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...processes, 'installation', 'postgres', 'redis', 'kafka', 'demo']),
  );
  expect([...waitsFor(session, 'demo')]).toEqual(
    expect.arrayContaining(['gateway', 'migrate-booking', 'topics', 'kafka', 'secrets', 'installation']),
  );
});

test('tilt ci sells a ticket without a click', async () => {
  const session = await evaluate(tiltfile, { subcommand: 'ci' });
  expect(faultsOf(session)).toEqual([]);
  expect(session.resources.find(({ name }) => name === 'smoke')).toMatchObject({ startsByItself: true, needs: ['gateway'] });
});

test('another cluster is refused, and says what to do', () =>
  expect(evaluate(tiltfile, { context: 'production' })).rejects.toThrow(/kind-boxoffice|kind create cluster/));

test('generated Secrets outlive `tilt down`, as the volumes do that were made with them', async () => {
  const { resources } = await evaluate(tiltfile);
  const secrets = resources.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'Secret');
  expect(secrets.length).toBeGreaterThan(8);
  for (const { metadata } of secrets) expect(metadata.annotations, metadata.name).toMatchObject({ 'tilt.dev/down-policy': 'keep' });
});

describe('what Tilt refuses is refused, at its place', () => {
  test.each<[string, [file: string, from: string | RegExp, to: string], RegExp]>([
    ['a function that is not there', ['Tiltfile', 'update_settings(', 'update_setting('], /Tiltfile:\d+:1: undefined: update_setting/],
    [
      'a parameter that is not there',
      ['tilt/checks.star', 'allow_parallel=', 'parallel='],
      /checks\.star:\d+[\s\S]*local_resource: has no parameter parallel/,
    ],
    ['a workload that is not there', ['tilt/infra.star', "'redis', 'kafka'", "'valkey', 'kafka'"], /no workload valkey/],
    [
      'an object that is not there',
      ['tilt/infra.star', "namespace + ':namespace'", "'prod:namespace'"],
      /object selector prod:namespace fits 0 objects/,
    ],
    [
      'an object twice',
      ['Tiltfile', "k8s_yaml('k8s-dev/namespace.yaml')", "k8s_yaml(['k8s-dev/namespace.yaml'][0])\nk8s_yaml('k8s-dev/namespace.yaml')"],
      /Namespace\/dev is there twice/,
    ],
    ['a chart that does not render', ['k8s-dev/values.yaml', 'gateway:', 'gateways:'], /helm: [\s\S]*gateways/],
    [
      'a folder that is not there',
      ['tilt/services.star', "sources = ['packages', 'services']", "sources = ['packages', 'apps']"],
      /sync: there is no .*apps/,
    ],
    [
      'live_update out of order',
      ['tilt/services.star', /return (\[fall_back_on\(.*?\)\]) \+ (.*) \+ (\[run\(copy\)\])/, 'return $1 + $3 + $2'],
      /fall_back_on comes first/,
    ],
  ])('%s', (_, change, words) => expect(changed(...change)).rejects.toThrow(words));
});

/** For each rule a change of a Tiltfile that breaks it. */
const breaks: Record<string, [file: string, from: string | RegExp, to: string]> = {
  'our images are built': ['tilt/services.star', /\n {4}docker_build\(image_of_jobs.*/, ''],
  'what is built runs somewhere': [
    'tilt/services.star',
    'docker_build(image_of_jobs, **build)',
    "docker_build(image_of_jobs, **build)\n    docker_build('localhost/extra', '.')",
  ],
  'arguments of a build are in its Dockerfile': ['tilt/services.star', "'SOURCES_OWNER'", "'SOURCE_OWNER'"],
  'what is synced is in the image, at the place it is copied to': ['tilt/services.star', '{0}/. /app/', '{0}/. /srv/'],
  'a dependency that changes builds again': ['tilt/services.star', ", 'package-lock.json'", ''],
  'only pods that last are updated live': ['tilt/services.star', "image_of_jobs = image + '-jobs'", 'image_of_jobs = image'],
  'processes watch files that can be written': ['tilt/services.star', "['readOnlyRootFilesystem'] = False", "['readOnlyRootFilesystem'] = True"],
  'nothing else watches: it would never end': ['k8s-dev/values.yaml', 'env: {DRAIN_MS: 500, HOLD_TTL_MS: 60000}', 'env: {BOXOFFICE_WATCH: "1"}'],
  'no hook is a resource': ['tilt/services.star', " and 'helm.sh/hook' not in annotations(o)", ''],
  'every object belongs to a resource': ['tilt/infra.star', "o['kind'] != 'Service']", "o['kind'] not in ['Service', 'Role']]"],
  'every resource has a label': ['tilt/infra.star', "resource_deps=['secrets'], labels=['engines']", "resource_deps=['secrets']"],
  'who waits, waits for a resource that starts by itself': [
    'tilt/infra.star',
    "job('topics', needs=['kafka'])",
    "job('topics', needs=['kafka', 'check'])",
  ],
  'nobody waits for itself': ['tilt/services.star', "needs=['migrate-identity', 'topics']", "needs=['migrate-identity', 'topics', 'payment']"],
  'no migration waits for the databases job, which waits for identity': [
    'tilt/infra.star',
    "job('migrate-' + service, needs=['postgres'])",
    "job('migrate-' + service, needs=['databases'])",
  ],
  'engines come after secrets, jobs after engines, processes after their jobs': ['tilt/infra.star', "resource_deps=['secrets']", 'resource_deps=[]'],
  'every port of a process is forwarded to its own number': ['tilt/services.star', 'ports=[8001, 9001, 9101]', 'ports=[8001, 9101]'],
  'a forwarded port is one of the pod': ['tilt/services.star', 'ports=[8002, 9102]', 'ports=[8002, 7102, 9102]'],
  'no port here is taken twice': ['tilt/services.star', 'port_forward(port, port)', 'port_forward(8000, port)'],
  'links lead to forwarded ports': ['tilt/services.star', "gateway + '/readyz'", "'http://127.0.0.1:3000/'"],
  'commands run what is here': ['tilt/checks.star', 'npm run test:charts', 'npm run test:chart'],
  'jobs run again by hand': ['tilt/infra.star', 'trigger_mode=TRIGGER_MODE_MANUAL, ', ''],
  'tilt ci waits for no CronJob, and ends': ['tilt/services.star', "pod_readiness='ignore', ", ''],
};

test.each(Object.keys(rules))('%s: is broken by a wrong Tiltfile', async (rule) => {
  const change = breaks[rule];
  expect(change).toBeDefined();
  if (change) expect(faultsOf(await changed(...change)).map((fault) => fault.slice(0, rule.length))).toContain(rule);
});
