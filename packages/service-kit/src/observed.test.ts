import { Refusal } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { anyoneCalls, heardLogger, type SumService, someone, sumService } from '../test/fixture.ts';
import { createMetrics } from './metrics.ts';
import { isLogged, observed } from './observed.ts';
import { rebuiltRefusal } from './remote.ts';

function watch(instead: Partial<SumService>) {
  const { logger, lines } = heardLogger();
  const metrics = createMetrics('test');
  return { service: observed('sum', sumService(instead), { logger, metrics }), lines, metrics };
}
const count = (use_case: string, outcome: string, code: string) =>
  `boxoffice_use_case_seconds_count{api="sum",use_case="${use_case}",outcome="${outcome}",code="${code}"} 1`;

test('one line per call: ids, outcome, duration; never what went in or out', async () => {
  const { service, lines, metrics } = watch({});
  const actor = someone();
  await service.add({ a: 424_242, b: 1 }, { actor, requestId: 'request-1' });
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'info',
      api: 'sum',
      use_case: 'add',
      outcome: 'ok',
      requestId: 'request-1',
      userId: actor.kind === 'user' && actor.userId,
      ms: expect.any(Number),
    }),
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/42424/);
  expect(await metrics.text()).toContain(count('add', 'ok', ''));
});

test('a refusal is info with its code; a newer code does not grow the labels', async () => {
  const newer = rebuiltRefusal({ code: 'NOT_KNOWN_YET', details: {}, status: 'CONFLICT', message: 'No.' });
  const { service, lines, metrics } = watch({
    add: async () => Promise.reject(new Refusal('EVENT_NOT_FOUND', {})),
    keep: async () => Promise.reject(newer),
  });
  await expect(service.add({ a: 1, b: 2 }, anyoneCalls())).rejects.toThrow();
  await expect(service.keep({ a: 1, b: 2 }, anyoneCalls())).rejects.toBe(newer);
  expect(lines.map(({ level, code }) => [level, code])).toEqual([
    ['info', 'EVENT_NOT_FOUND'],
    ['info', 'OTHER'],
  ]);
  expect(await metrics.text()).toContain(count('add', 'refused', 'EVENT_NOT_FOUND'));
});

test('the unknown is an error with its cause; so is a service that does not answer', async () => {
  const bug = new Error('engine away');
  const silent = new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'The x service does not answer.' });
  const { service, lines, metrics } = watch({ add: async () => Promise.reject(bug), keep: async () => Promise.reject(silent) });
  await expect(service.add({ a: 1, b: 2 }, anyoneCalls())).rejects.toBe(bug);
  await expect(service.keep({ a: 1, b: 2 }, anyoneCalls())).rejects.toBe(silent);
  expect(lines[0]).toMatchObject({ level: 'error', outcome: 'failed', err: { message: 'engine away' } });
  expect(isLogged(new Error('wrapped', { cause: bug }))).toBe(true);
  expect(await metrics.text()).toContain(count('keep', 'failed', 'SERVICE_UNAVAILABLE'));
});

test('a class may implement a service, and names become kebab-case', async () => {
  class Holding {
    readonly #seats = 3;
    async holdBestSeats(_input: unknown, _caller: unknown) {
      return this.#seats;
    }
  }
  const { logger, lines } = heardLogger();
  const service = observed('booking', new Holding(), { logger, metrics: createMetrics('test') });
  expect(await service.holdBestSeats({}, anyoneCalls())).toBe(3);
  expect(lines[0]).toMatchObject({ use_case: 'hold-best-seats' });
});
