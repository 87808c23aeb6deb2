/**
 * `npm run test:kills`: the payment process killed (-9) before and after every call and every commit, cell by cell; ends with the totals of each provider.
 * `-- --only TEXT` runs the cells whose line has this text.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const args = ['run', 'services/payment/test/kills.int.test.ts', '--disable-console-intercept'];
const child = spawn(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, BOXOFFICE_TEST_ENGINES: 'postgres', KILLS: 'all', KILLS_ONLY: values.only },
});
child.on('exit', (code) => process.exit(code ?? 1));
