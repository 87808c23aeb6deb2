import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { aSale, openStage, reservationSql, type Stage } from '@boxoffice/audit/stage';
import { kafkaTransport } from '@boxoffice/messaging';
import { createLogger, generateServiceKeys } from '@boxoffice/service-kit';
import { answers, eventually, freePort, kafkaBrokers, startProcess } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const script = 'services/auditor/src/main.ts';
let stage: Stage;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  stage = await openStage('auditor_process');
  folder = await mkdtemp(path.join(os.tmpdir(), 'boxoffice-auditor-'));
  await generateServiceKeys(folder);
  env = {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    AUDIT_BOOKING_DATABASE_URL: stage.url('booking'),
    AUDIT_IDENTITY_DATABASE_URL: stage.url('identity'),
    AUDIT_PAYMENT_DATABASE_URL: stage.url('payment'),
    AUDIT_TICKETING_DATABASE_URL: stage.url('ticketing'),
    AUDIT_ANALYTICS_DATABASE_URL: stage.url('notification-analytics'),
    AUDIT_EVERY_MS: '100',
    KAFKA_BROKERS: kafkaBrokers().join(),
    SERVICE_KEY_FILE: path.join(folder, 'auditor.key.json'),
    SERVICE_TRUST_FILE: path.join(folder, 'trust.json'),
  };
}, 60_000);
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

const ran = async (args: string[], given: Record<string, string>) => {
  const process = startProcess({ name: args.join(' '), script, args, env: given });
  return { code: await process.exited, words: process.lines.join('\n') };
};

test('without databases it does not start, and names what is missing', async () => {
  const { AUDIT_PAYMENT_DATABASE_URL: _missing, ...rest } = env;
  expect(await ran([], rest)).toEqual({ code: 2, words: expect.stringMatching(/AUDIT_PAYMENT_DATABASE_URL: is missing/) });
});

test('serves probes and gauges, sees what is wrong and dead letters, and stops', async () => {
  const topic = `audited-${randomUUID()}.ticketing.dlt`;
  const transport = kafkaTransport({ brokers: kafkaBrokers(), clientId: 'test', logger: createLogger({ service: 'auditor', level: 'silent' }) });
  await transport.publish([{ topic, key: 'k', value: 'v' }]);
  await transport.close();
  const auditor = startProcess({ name: 'auditor', script, env });
  await answers(`http://127.0.0.1:${env.PORT}/readyz`, auditor);
  const metrics = async () => (await fetch(`http://127.0.0.1:${env.METRICS_PORT}/metrics`)).text();
  await eventually(async () => expect(await metrics()).toContain('boxoffice_audit_held_without_owner 0\n'), { withinMs: 10_000 });
  await eventually(async () => expect(await metrics()).toContain(`boxoffice_audit_dead_letter_messages{topic="${topic}"} 1\n`), { withinMs: 10_000 });
  const { eventId, otherSeat } = await aSale(stage.sql);
  await stage.sql('booking', reservationSql, [randomUUID(), eventId, otherSeat, randomUUID(), 'HELD', null]);
  await eventually(async () => expect(await metrics()).toContain('boxoffice_audit_held_without_owner 1\n'), { withinMs: 10_000 });
  expect(await auditor.stop()).toBe(0);
});

test('writes a signed report, and verifies it with public keys alone', async () => {
  const { eventId } = await aSale(stage.sql);
  const file = path.join(folder, 'report.json');
  expect(await ran(['report', '--event', eventId, '--out', file], env)).toEqual({
    code: 2,
    words: expect.stringMatching(/^Event .* is on sale until/),
  });
  expect(await ran(['report'], env)).toEqual({ code: 2, words: expect.stringMatching(/^--event wants the id of an event\n\nusage: /) });
  const nowhere = path.join(folder, 'nowhere', 'report.json');
  expect(await ran(['report', '--event', eventId, '--interim', '--out', nowhere], env)).toEqual({
    code: 2,
    words: expect.stringMatching(/cannot be written \(ENOENT\)$/),
  });
  expect(await ran(['verify', nowhere], env)).toEqual({ code: 2, words: expect.stringMatching(/cannot be read \(ENOENT\)$/) });
  const made = await ran(['report', '--event', eventId, '--interim', '--out', file], env);
  expect(made).toEqual({ code: 0, words: expect.stringMatching(/^interim report of .*, 1 tickets, \d+ finding/) });
  const publicOnly = { SERVICE_TRUST_FILE: path.join(folder, 'trust.json') };
  expect(await ran(['verify', file], publicOnly)).toEqual({ code: 0, words: expect.stringMatching(/^good: interim report of event/) });
  await writeFile(file, (await readFile(file, 'utf8')).replace('"netMinor": 1000', '"netMinor": 9000'));
  expect(await ran(['verify', file], publicOnly)).toEqual({ code: 1, words: expect.stringMatching(/^NOT GOOD: The report was altered/) });
});
