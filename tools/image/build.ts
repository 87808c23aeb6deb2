/** `npm run image`: builds the image with docker or buildah. Everything it prints goes to stderr, but the name of the image. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../..');
const usage = `npm run image -- [--tag NAME] [--version TEXT] [--base IMAGE] [--with docker|buildah] [--ca FILE]
  --tag      name of the image, localhost/boxoffice:${manifest.version} unless told otherwise
  --version  what its label says, ${manifest.version} unless told otherwise: another one makes another image of the same sources
  --base     an image with Node.js 24, docker.io/library/node:24-bookworm-slim unless told otherwise
  --with     docker or buildah: the first that works unless told otherwise
  --ca       certificates (PEM) for a network that re-signs TLS; NODE_EXTRA_CA_CERTS unless told otherwise`;

const options = {
  tag: { type: 'string' },
  version: { type: 'string', default: manifest.version },
  base: { type: 'string' },
  with: { type: 'string' },
  ca: { type: 'string' },
  help: { type: 'boolean' },
} as const;

function refuse(words: string): never {
  console.error(words);
  process.exit(2);
}

function given() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

const values = given();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const works = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const builders = { docker: ['version'], buildah: ['--version'] }; // `docker version` asks the engine as well
const builder = values.with ?? Object.entries(builders).find(([command, args]) => works(command, ...args))?.[0];
if (builder === undefined) refuse('Neither a docker engine nor buildah is here: install one of them, for example apt-get install buildah.');
if (builder !== 'docker' && builder !== 'buildah') refuse(usage);

const tag = values.tag ?? `localhost/boxoffice:${manifest.version}`;
const ca = values.ca ?? process.env.NODE_EXTRA_CA_CERTS;
if (ca && !existsSync(ca)) refuse(`There is no file ${ca}: name the certificates by --ca.`);
const git = (...args: string[]) => spawnSync('git', args, { cwd: root }).stdout?.toString().trim();
const revision = git('rev-parse', 'HEAD');
// The time of everything in the image, so that two builds of one commit are the same bytes.
const madeAt = git('log', '-1', '--format=%ct') || '0';
const argument = (name: string, value: string | undefined) => (value ? ['--build-arg', `${name}=${value}`] : []);
const own = {
  docker: ['build', '--provenance=false'],
  // As root in a container there are no user namespaces to be had; layers make the second build quick.
  buildah: ['bud', ...(process.getuid?.() === 0 ? ['--isolation', 'chroot'] : []), '--layers', '--pull=missing', '--timestamp', madeAt],
};
const args = [
  ...own[builder],
  ...(ca ? ['--secret', `id=ca,src=${ca}`] : []),
  ...argument('BASE', values.base),
  ...argument('VERSION', values.version),
  ...argument('REVISION', revision),
  ...['--tag', tag, root],
];
const began = performance.now();
const { status } = spawnSync(builder, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, SOURCE_DATE_EPOCH: madeAt } });
if (status !== 0) refuse(`${builder} failed; its message is above.`);
console.error(`built in ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(tag);
