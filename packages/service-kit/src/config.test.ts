import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigFault, commonConfig, configTable, loadConfig } from './config.ts';

const Config = z.object({
  ...commonConfig,
  PORT: z.coerce.number().int().default(8001).describe('TCP port of the API.'),
  DATABASE_URL: z.url().describe('Postgres of this service.'),
  HOLD_TTL_MS: z.coerce.number().int().min(1).default(300_000).describe('How long a hold lasts, in milliseconds.'),
  PEPPER: z.string().min(10).describe('Mixed into passwords.'),
  MODE: z.enum(['a', 'b']).default('a').describe('a | b.'),
});
const good = { DATABASE_URL: 'postgres://u:hunter2@db/x', PEPPER: '0123456789' };
const faultOf = (env: NodeJS.ProcessEnv) => {
  try {
    loadConfig(Config, env);
  } catch (error) {
    if (error instanceof ConfigFault) return error.message;
  }
  throw new Error('No fault.');
};

test('reads text as the types the schema says, with defaults; empty counts as missing', () => {
  const config = loadConfig(Config, { ...good, PORT: '9', HOLD_TTL_MS: '', UNRELATED: 'x' });
  expect(config).toMatchObject({ PORT: 9, HOLD_TTL_MS: 300_000, DRAIN_MS: 10_000, HOST: '0.0.0.0' });
  expect(config).not.toHaveProperty('UNRELATED');
});

test('names every wrong and missing variable, with what it is for', () => {
  const words = faultOf({ PORT: 'eight', DATABASE_URL: 'x', LOG_LEVEL: 'loud' });
  expect(words).toMatch(/PORT: .*\(got "eight"\)\. TCP port of the API\./);
  expect(words).toMatch(/PEPPER: is missing\. Mixed into passwords\./);
  expect(words).toMatch(/LOG_LEVEL: .*\(got "loud"\)/);
  expect(words).toMatch(/DATABASE_URL: /);
});

test('does not repeat what may be a secret', () => {
  const words = faultOf({ DATABASE_URL: 'hunter2', PEPPER: 'hunter2' });
  expect(words).not.toContain('hunter2');
});

test('makes a table for a README', () => {
  const lines = configTable(Config).split('\n');
  expect(lines).toContain('| `HOLD_TTL_MS` | `300000` | How long a hold lasts, in milliseconds. |');
  expect(lines).toContain('| `DATABASE_URL` | **required** | Postgres of this service. |');
  expect(lines).toContain('| `MODE` | `a` | a \\| b. |');
  expect(lines).toContain('| `METRICS_PORT` | – | TCP port of /metrics. |');
});
