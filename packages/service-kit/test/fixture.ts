import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Actor, type Caller, proceduresOver, type Service, type ServiceName, type UseCase } from '@boxoffice/contracts';
import { z } from 'zod';
import { asService, type CallerReader, createLogger, createMetrics, generateServiceKeys, loadServiceIdentity, newId } from '../src/index.ts';

const Sum = z.object({ a: z.number().int(), b: z.number().int() });
const Total = z.object({ total: z.number().int() });

/** A service small enough to test the platform with. */
export interface SumService {
  /** Adds. */
  add: UseCase<typeof Sum, typeof Total>;
  /** Adds and keeps. */
  keep: UseCase<typeof Sum, typeof Total>;
  /** For services. */
  audit: UseCase<typeof Sum, typeof Total, Service>;
}

const { router, anyone, service } = proceduresOver<{ sum: SumService }>();
export const sumRouter = router({
  add: anyone
    .input(Sum)
    .output(Total)
    .query(({ ctx, input }) => ctx.sum.add(input, ctx.caller)),
  keep: anyone
    .input(Sum)
    .output(Total)
    .mutation(({ ctx, input }) => ctx.sum.keep(input, ctx.caller)),
  audit: service
    .input(Sum)
    .output(Total)
    .query(({ ctx, input }) => ctx.sum.audit(input, ctx.caller)),
});
export const sumApi = proceduresOver<{ sum: SumService }>().router({ sum: sumRouter });

const add = async ({ a, b }: { a: number; b: number }) => ({ total: a + b });
/** Adds, or does what the test says instead. */
export const sumService = (instead: Partial<SumService> = {}): SumService => ({ add, keep: add, audit: add, ...instead });

export type Line = Record<string, unknown>;
/** A logger, and what it wrote. */
export function heardLogger(level = 'debug') {
  const lines: Line[] = [];
  return { lines, logger: createLogger({ service: 'test', level, destination: { write: (text) => void lines.push(JSON.parse(text)) } }) };
}
export const quiet = () => ({ logger: createLogger({ service: 'test', level: 'silent' }), metrics: createMetrics('test') });

/** Every request comes from this actor. */
export const from = (actor: Actor): CallerReader => ({
  read: async (headers) => ({ actor, requestId: String(headers['x-request-id'] ?? newId()), token: headers.authorization }),
});
export const someone = (): Actor => ({ kind: 'user', userId: newId(), guest: false, memberships: [] });
export const anyoneCalls = (): Caller => ({ actor: { kind: 'anyone' }, requestId: newId() });
export { asService };

let keys: Promise<string> | undefined;
/** One installation's service keys, made once per test file. */
export const keyFolder = (): Promise<string> => {
  keys ??= mkdtemp(join(tmpdir(), 'service-kit-')).then(async (folder) => {
    await generateServiceKeys(folder);
    return folder;
  });
  return keys;
};
export const identityOf = async (name: ServiceName) => {
  const folder = await keyFolder();
  return loadServiceIdentity({ name, keyFile: join(folder, `${name}.key.json`), trustFile: join(folder, 'trust.json') });
};

/** A port that nothing listens on. */
export const deafPort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // listening on TCP
      server.close(() => resolve(port));
    });
  });

/** A promise, and who settles it. */
export const gate = () => Promise.withResolvers<void>();
