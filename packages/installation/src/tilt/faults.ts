import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../../../../package.json' with { type: 'json' };
import { containersOf, type KubernetesObject, nameOf, podOf } from '../charts/objects.ts';
import { type Image, type Resource, root, type Session } from './session.ts';

/** What is wrong with a session, one line each. */
type Rule = (session: Session) => string[];

const must = (isGood: unknown, fault: string) => (isGood ? [] : [fault]);
const podsOf = ({ objects }: Resource) => objects.flatMap((object) => podOf(object) ?? []);
const containersIn = (resource: Resource): KubernetesObject[] => podsOf(resource).flatMap(containersOf);
const nameOfImage = ({ image }: KubernetesObject) => String(image).replace(/:[\w.-]+$/, '');
const named = ({ resources }: Session, name: string) => resources.find((resource) => resource.name === name);
const workloads = ({ resources }: Session, kind: string) => resources.filter(({ objects }) => objects.some((object) => object.kind === kind));
const repeated = <T>(all: readonly T[]) => all.filter((one, at) => all.indexOf(one) !== at);
/** Paths that the image is built from, as .dockerignore lets them in. */
const letIn = () => [...readFileSync(path.join(root, '.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm)].map(([, name = '']) => name);

/** Everything a resource waits for, by whatever way; itself when the way is a circle. */
export function waitsFor(session: Session, name: string, needed = new Set<string>()): Set<string> {
  for (const next of named(session, name)?.needs ?? [])
    if (!needed.has(next)) {
      needed.add(next);
      waitsFor(session, next, needed);
    }
  return needed;
}

const ofLiveImages =
  (check: (image: Image, live: NonNullable<Image['liveUpdate']>) => string[]): Rule =>
  ({ images }) =>
    images.flatMap((image) => (image.liveUpdate ? check(image, image.liveUpdate) : []));

/** Each has a Tiltfile in its test that breaks it. */
export const rules: Record<string, Rule> = {
  'our images are built': ({ images, resources }) =>
    resources.flatMap((resource) =>
      containersIn(resource)
        .map(nameOfImage)
        .filter((name) => name.startsWith('localhost/') && !images.some(({ ref }) => ref === name))
        .map((name) => `${resource.name} runs ${name}`),
    ),
  'what is built runs somewhere': ({ images, resources }) => {
    const run = new Set(resources.flatMap(containersIn).map(nameOfImage));
    return images.flatMap(({ ref }) => must(run.has(ref), ref));
  },
  'arguments of a build are in its Dockerfile': ({ images }) =>
    images.flatMap(({ ref, dockerfile, buildArgs }) => {
      const text = readFileSync(dockerfile, 'utf8');
      return Object.keys(buildArgs).flatMap((name) => must(new RegExp(`^ARG ${name}\\b`, 'm').test(text), `${ref}: ${name}`));
    }),
  'what is synced is in the image, at the place it is copied to': ofLiveImages((image, { syncs, runs }) => {
    const dockerfile = readFileSync(image.dockerfile, 'utf8');
    const workdir = /^WORKDIR (\S+)$/m.exec(dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')))?.[1];
    return syncs.flatMap(({ from, to }) => {
      const folder = path.relative(image.context, from);
      const staged = to.endsWith(`/${folder}`) ? to.slice(0, -folder.length - 1) : undefined;
      return [
        ...must(letIn().includes(folder), `.dockerignore keeps ${folder} out`),
        ...must(new RegExp(`^COPY .*\\b${folder} ${folder}$`, 'm').test(dockerfile), `the image has no folder ${folder}`),
        ...must(staged && runs.some((run) => run.includes(`cp -R ${staged}/. ${workdir}/`)), `${folder} stays in ${to}`),
      ];
    });
  }),
  'a dependency that changes builds again': ofLiveImages((image, { fallBackOn }) => {
    const files = fallBackOn.map((file) => path.relative(image.context, file));
    return [
      ...files.flatMap((file) => must(letIn().includes(file), `.dockerignore keeps ${file} out`)),
      ...must(files.includes('package-lock.json'), 'package-lock.json'),
    ];
  }),
  'only pods that last are updated live': ({ images, resources }) => {
    const live = images.filter(({ liveUpdate }) => liveUpdate).map(({ ref }) => ref);
    const ends = resources.filter(({ objects }) => objects.some(({ kind }) => kind === 'Job' || kind === 'CronJob'));
    return ends.filter((resource) => containersIn(resource).some((container) => live.includes(nameOfImage(container)))).map(({ name }) => name);
  },
  'processes watch files that can be written': (session) =>
    workloads(session, 'Deployment').flatMap((resource) =>
      containersIn(resource).flatMap(({ env = [], securityContext: own }) => [
        ...must(
          env.some(({ name, value }: KubernetesObject) => name === 'BOXOFFICE_WATCH' && value === '1'),
          `${resource.name} does not watch`,
        ),
        ...must(own.readOnlyRootFilesystem === false, `${resource.name} cannot be written`),
      ]),
    ),
  'nothing else watches: it would never end': (session) =>
    session.resources
      .filter(({ objects }) => !objects.some(({ kind }) => kind === 'Deployment'))
      .filter((resource) => containersIn(resource).some(({ env = [] }) => env.some(({ name }: KubernetesObject) => name === 'BOXOFFICE_WATCH')))
      .map(({ name }) => name),
  'no hook is a resource': ({ resources }) =>
    resources.filter(({ objects }) => objects.some(({ metadata }) => metadata.annotations?.['helm.sh/hook'])).map(({ name }) => name),
  'every object belongs to a resource': ({ loose }) => loose.map(nameOf),
  'every resource has a label': ({ resources }) => resources.filter(({ labels }) => labels.length === 0).map(({ name }) => name),
  'who waits, waits for a resource that starts by itself': (session) =>
    session.resources.flatMap(({ name, needs, startsByItself }) =>
      needs.flatMap((need) => {
        const other = named(session, need);
        return must(other && (other.startsByItself || !startsByItself), `${name} → ${need}`);
      }),
    ),
  'nobody waits for itself': (session) => session.resources.filter(({ name }) => waitsFor(session, name).has(name)).map(({ name }) => name),
  // What the databases job does itself: it grants what the auditor may read of identity once its tables are there.
  'no migration waits for the databases job, which waits for identity': (session) =>
    session.resources.filter(({ name }) => name.startsWith('migrate-') && waitsFor(session, name).has('databases')).map(({ name }) => name),
  'engines come after secrets, jobs after engines, processes after their jobs': (session) =>
    [...['postgres', 'redis', 'kafka'].map((engine) => [engine, 'secrets']), ...processOrder(session)].flatMap(([name = '', need = '']) =>
      must(waitsFor(session, name).has(need), `${name} does not wait for ${need}`),
    ),
  'every port of a process is forwarded to its own number': (session) =>
    workloads(session, 'Deployment').flatMap((resource) => {
      const ports = containersIn(resource).flatMap((container) => container.ports.map(({ containerPort }: KubernetesObject) => containerPort));
      const forwarded = resource.forwards.filter(({ local, container }) => local === container).map(({ container }) => container);
      return ports.filter((port: number) => !forwarded.includes(port)).map((port: number) => `${resource.name}: ${port}`);
    }),
  'a forwarded port is one of the pod': ({ resources }) =>
    resources.flatMap((resource) => {
      const ports = containersIn(resource).flatMap(({ ports: own = [] }) => own.map(({ containerPort }: KubernetesObject) => containerPort));
      return resource.forwards.filter(({ container }) => !ports.includes(container)).map(({ container }) => `${resource.name}: ${container}`);
    }),
  'no port here is taken twice': ({ resources }) => repeated(resources.flatMap(({ forwards }) => forwards.map(({ local }) => local))).map(String),
  'links lead to forwarded ports': ({ resources }) => {
    const ports = resources.flatMap(({ forwards }) => forwards.map(({ local }) => String(local)));
    return resources.flatMap(({ name, links }) => links.filter((url) => !ports.includes(new URL(url).port)).map((url) => `${name}: ${url}`));
  },
  'commands run what is here': ({ resources }) =>
    resources.flatMap(({ name, command = '' }) => [
      ...[...command.matchAll(/npm run (\S+)/g)].flatMap(([, script = '']) => must(script in manifest.scripts, `${name}: no script ${script}`)),
      ...[...command.matchAll(/\S+\.(?:sh|ts|mjs)\b/g)].flatMap(([file]) => must(existsSync(path.join(root, file)), `${name}: no file ${file}`)),
    ]),
  'jobs run again by hand': (session) =>
    workloads(session, 'Job')
      .filter(({ followsFiles }) => followsFiles)
      .map(({ name }) => name),
  'tilt ci waits for no CronJob, and ends': (session) => [
    ...workloads(session, 'CronJob')
      .filter(({ waitsForPods }) => waitsForPods)
      .map(({ name }) => name),
    ...must(
      [session.ci.timeout, session.ci.readinessTimeout].every((time) => /^\d+m(0s)?$/.test(time)),
      'no timeouts',
    ),
  ],
};

/** A process waits for its own migration, where it has one, for the topics and for whom the gateway calls. */
const processOrder = (session: Session): string[][] =>
  workloads(session, 'Deployment').flatMap(({ name }) => [
    [name, 'topics'],
    ...(named(session, `migrate-${name}`) ? [[name, `migrate-${name}`]] : []),
    ...(name === 'gateway' ? ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics', 'redis'].map((other) => [name, other]) : []),
  ]);

/** Everything a session breaks: 'rule: what'. */
export const faultsOf = (session: Session): string[] =>
  Object.entries(rules).flatMap(([name, rule]) => rule(session).map((fault) => `${name}: ${fault}`));
