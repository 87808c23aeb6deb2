import { createBoxOfficeClient } from '@boxoffice/client';
import { newEmail, newPassword } from '@boxoffice/journey';
import { withSession } from '@boxoffice/postgres';
import { eventually, postgresServer, startProcess } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandaloneTopology, standalone } from './topologies.ts';

const administrator = { email: newEmail('administrator'), password: newPassword() };
const prefix = `load_${Date.now()}`;
let topology: StandaloneTopology;
beforeAll(async () => {
  topology = await standalone({ DEMO: 'false', DATABASE_URL: postgresServer().adminUrl, DATABASE_PREFIX: prefix });
  await createBoxOfficeClient({ url: topology.url }).identity.register.mutate({ ...administrator, name: 'Administrator' });
});
afterAll(() => topology?.stop());

function load(args: string[]) {
  const lines: string[] = [];
  const run = startProcess({
    name: 'load',
    script: 'packages/journey/src/load.ts',
    args: ['--url', topology.url, '--rate', '10', ...args],
    env: { SMOKE_EMAIL: administrator.email, SMOKE_PASSWORD: administrator.password },
    onLine: (line) => lines.push(line),
  });
  const parsed = () => lines.map((line) => JSON.parse(line));
  return { run, parsed, result: async () => ({ code: await run.exited, ...parsed().at(-1)?.result }) };
}

test('sells at a rate, is told to stop, and finds everything that was acknowledged; also through a kill -9 in between', async () => {
  const { run, parsed, result } = load([]);
  const confirmed = () => parsed().filter(({ op, status }) => op === 'confirm payment' && status === 'CONFIRMED').length;
  await eventually(() => expect(confirmed()).toBeGreaterThan(10), { withinMs: 30_000 });
  await topology.process.kill();
  await topology.restart();
  const before = confirmed();
  await eventually(() => expect(confirmed()).toBeGreaterThan(before + 10), { withinMs: 30_000 });
  run.signal('SIGTERM');
  const { code, answers, found } = await result();
  expect({ code, missing: found.missing }).toEqual({ code: 0, missing: [] });
  for (const { acknowledged, found: there } of [found.holds, found.payments, found.confirmed, found.tickets]) expect(there).toBe(acknowledged);
  expect(found.tickets.found).toBeGreaterThan(20);
  expect(answers.not2xx).toBeGreaterThan(0); // nobody answered while it was down
  expect(answers.longestPauseMs).toBeGreaterThan(300);
});

test('says what is missing, and ends with 1', async () => {
  const { parsed, result } = load(['--seconds', '3', '--read-back-seconds', '8']);
  const payments = () => parsed().filter(({ op, status }) => op === 'confirm payment' && status === 'CONFIRMED');
  await eventually(() => expect(payments().length).toBeGreaterThan(0), { withinMs: 30_000 });
  const lost = payments()[0].paymentId;
  await withSession(postgresServer().url(`${prefix}_payment`), (session) =>
    session.query('UPDATE transactions SET user_id = gen_random_uuid() WHERE id = $1', [lost]),
  );
  expect(await result()).toMatchObject({ code: 1, found: { missing: [`payment ${lost}`, `confirmed payment ${lost}`] } });
});
