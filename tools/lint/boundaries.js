import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const services = [
  'setup',
  'booking',
  'identity',
  'payment',
  'ticketing',
  'notification-analytics',
  'gateway',
  'auditor',
  'standalone',
  'operator',
  'web',
];
const aService = new RegExp(`^@boxoffice/(${services.join('|')})(/|$)|^services/`);
const isTest = (file) => /\.test\.ts$|\/test\//.test(file);
const within = (folder) => (file) => new RegExp(`^services/[^/]+/src/${folder}/`).test(file) && !isTest(file);
const packageOf = (file) => file.split('/').slice(0, 2).join('/');

/**
 * Who may import whom. `from` picks files by their path in the repository; `forbids` sees the imported thing: a package's name, or the
 * path in the repository a relative import leads to. Each rule has a file in lint-fixtures that breaks it and nothing else.
 */
const importRules = {
  'contracts-only-promise': {
    because: 'A promise does not know how it is kept: contracts import zod, @trpc/server and, in grpc/, @bufbuild/protobuf.',
    from: (file) => file.startsWith('packages/contracts/src/') && !isTest(file),
    forbids: (target, file) =>
      !target.startsWith('packages/contracts/src/') &&
      !/^(zod|@trpc\/server(\/.*)?)$/.test(target) &&
      !(file.includes('/grpc/') && target.startsWith('@bufbuild/protobuf')),
  },
  'platform-without-business': {
    because: 'Plumbing has no business words: packages do not import services.',
    from: (file) => file.startsWith('packages/') && !file.startsWith('packages/simulation/'),
    forbids: (target) => aService.test(target),
  },
  'simulation-borrows-decisions': {
    because: "The simulation runs the services' decisions: of a service it imports ./domain, ./drive and ./questions only.",
    from: (file) => file.startsWith('packages/simulation/'),
    forbids: (target) => aService.test(target) && !/^@boxoffice\/[\w-]+\/(domain|drive|questions)$/.test(target),
  },
  'services-meet-by-contract': {
    because: 'Services meet by contract: never import another service.',
    from: (file) => file.startsWith('services/') && !file.startsWith('services/standalone/'),
    forbids: (target, file) => aService.test(target) && packageOf(target) !== packageOf(file),
  },
  'standalone-composes': {
    because: "Standalone is another composition root: it imports the services' compose only.",
    from: (file) => file.startsWith('services/standalone/'),
    forbids: (target) => aService.test(target) && !target.startsWith('services/standalone/') && !/^@boxoffice\/[\w-]+\/compose$/.test(target),
  },
  'one-wrapper-per-technology': {
    because: 'One wrapper per technology: use @boxoffice/messaging, redis, service-kit or postgres.',
    from: (file) => file.startsWith('services/'),
    forbids: (target) => /^(kafkajs|ioredis|pino|prom-client|pg|kysely|@grpc\/grpc-js)(\/|$)/.test(target),
  },
  'kafkajs-in-one-file': {
    because: 'Only messaging/src/kafka.ts speaks to Kafka.',
    from: (file) => file.startsWith('packages/') && !/^packages\/messaging\/src\/kafka(\.int\.test)?\.ts$/.test(file),
    forbids: (target) => /^kafkajs(\/|$)/.test(target),
  },
  'domain-is-pure': {
    because: 'domain/ decides from arguments: it imports contracts, zod and its own folder.',
    from: within('domain'),
    forbids: (target, file) => target !== '@boxoffice/contracts' && target !== 'zod' && !target.startsWith(`${packageOf(file)}/src/domain/`),
  },
  'use-cases-share-nouns': {
    because: 'A use case never calls a use case, nor knows how the call came in: share domain/ and persistence/.',
    from: within('use-cases'),
    forbids: (target) =>
      /\/src\/(use-cases\/|grpc\.|routes\.|consumers\.|jobs\.|compose\.|main\.)/.test(target) || /^(express|@trpc\/|node:http$)/.test(target),
  },
  'persistence-does-not-decide': {
    because: 'Storage does not decide: persistence/ imports domain and platform.',
    from: within('persistence'),
    forbids: (target) =>
      /\/src\/(use-cases\/|grpc\.|routes\.|consumers\.|jobs\.|compose\.|main\.)/.test(target) || /^(express|@trpc\/|node:http$)/.test(target),
  },
  'fixtures-never-ship': {
    because: 'Only tests and tools import @boxoffice/testing.',
    from: (file) => !isTest(file) && !/^(tools|packages\/(testing|bench|chaos|simulation|installation))\//.test(file),
    forbids: (target) => /^@boxoffice\/testing(\/|$)/.test(target),
  },
  'packages-by-name': {
    because: 'Other packages are imported by name, never by a path into their folder.',
    from: (file) => /^(packages|services)\//.test(file),
    forbids: (target, file) =>
      /^@boxoffice\/[\w-]+\/src\//.test(target) || (/^(packages|services)\//.test(target) && packageOf(target) !== packageOf(file)),
  },
  'client-takes-types': {
    because: 'The SDK carries no server code: import type from contracts.',
    from: (file) => file.startsWith('packages/client/src/') && !isTest(file),
    forbids: (target, _file, node) => /^@boxoffice\/contracts(\/|$)/.test(target) && node.importKind !== 'type' && node.exportKind !== 'type',
  },
};

function importRule({ because, from, forbids }) {
  return {
    meta: { type: 'problem', docs: { description: because }, schema: [] },
    create(context) {
      const file = path.relative(root, context.filename).replace(/^tools\/lint\/lint-fixtures\/[^/]+\//, '');
      if (!from(file)) return {};
      const check = (node) => {
        const specifier = node.source?.value;
        if (typeof specifier !== 'string') return;
        const target = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : specifier;
        if (forbids(target, file, node)) context.report({ node: node.source, message: because });
      };
      return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
    },
  };
}

const fileIn = (context) => path.relative(root, context.filename).replace(/^tools\/lint\/lint-fixtures\/[^/]+\//, '');
const named = (node, object, property) => node.type === 'MemberExpression' && node.object.name === object && node.property.name === property;

const codeRules = {
  'domain-without-clock': {
    meta: { type: 'problem', docs: { description: 'domain/ gets the time as an argument.' }, schema: [] },
    create(context) {
      if (!within('domain')(fileIn(context))) return {};
      const report = (node) => context.report({ node, message: 'domain/ gets the time as an argument.' });
      return {
        CallExpression: (node) => named(node.callee, 'Date', 'now') && report(node),
        NewExpression: (node) => node.callee.name === 'Date' && node.arguments.length === 0 && report(node),
      };
    },
  },
  'environment-in-config': {
    meta: { type: 'problem', docs: { description: 'Nothing but config reads process.env.' }, schema: [] },
    create(context) {
      const file = fileIn(context);
      if (isTest(file) || /^(tools|packages\/(testing|bench|chaos))\/|^packages\/(service-kit|journey)\/src\/config\.ts$|\.config\.ts$/.test(file))
        return {};
      return {
        MemberExpression: (node) =>
          named(node, 'process', 'env') && context.report({ node, message: 'Only config reads the environment: add a field to config.ts.' }),
      };
    },
  },
};

export const boundaries = {
  rules: { ...Object.fromEntries(Object.entries(importRules).map(([name, rule]) => [name, importRule(rule)])), ...codeRules },
};
/** Every boundary rule by name. */
export const boundaryNames = Object.keys(boundaries.rules);
