import { testDatabase } from '@boxoffice/testing';
import { startProcess } from '@boxoffice/testing/process';
import { expect, it } from 'vitest';
import { entities, migrations } from '../src/compose.ts';
import { group } from '../src/consumers.ts';
import { secrets } from './stage.ts';

it('`main.ts replay` lists dead letters and parks them again; what it does not know ends with code 2 and changes nothing', async () => {
  const db = await testDatabase({ name: 'ticketing', entities, migrations });
  const insert = `INSERT INTO parked_messages (group_name, topic, key, value, error, attempts, dead_at)
    VALUES ($1, 'payment-confirmed', 'some key', 'secret', 'Error: not today', 15, clock_timestamp()) RETURNING position AS id`;
  const [row] = await db.query<{ id: number }>(insert, [group]);
  const run = async (...args: string[]) => {
    const keys = { SERVICE_KEY_FILE: '/nowhere/key', SERVICE_TRUST_FILE: '/nowhere/trust' }; // no target reads them
    const env = { DATABASE_URL: db.url, KAFKA_BROKERS: '127.0.0.1:1', IDENTITY_URL: 'http://127.0.0.1:1', ...secrets, ...keys };
    const target = startProcess({ name: 'replay', script: 'services/ticketing/src/main.ts', args: ['replay', ...args], env });
    return [await target.exited, target.lines.join('\n')] as const;
  };
  const dead = () => db.query('SELECT 1 FROM parked_messages WHERE dead_at IS NOT NULL');
  const [unknown, list] = await Promise.all([run('--message', '999'), run('--list')]);
  expect(unknown).toEqual([2, expect.stringContaining('has the id 999')]);
  expect(list).toEqual([0, expect.stringMatching(/payment-confirmed {2}some key {2}15 attempts {2}dead for \d+ s {2}Error: not today\n1 dead/)]);
  expect(list[1]).not.toContain('secret');
  expect(await dead()).toHaveLength(1);
  expect(await run('--message', String(row?.id))).toEqual([0, expect.stringContaining('1 parked again')]);
  expect(await dead()).toHaveLength(0);
});
