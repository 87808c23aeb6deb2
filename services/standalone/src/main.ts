/** `npm start`: the whole of Box Office in one process. `--reset` throws the data folder away first. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigFault, loadConfig } from '@boxoffice/service-kit';
import { Config } from './config.ts';
import { runStandalone } from './standalone.ts';

const usage = 'npm start [-- --reset]\n  --reset   starts over: removes the data folder (database, secrets, demo, mails) first';

try {
  const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } });
  if (values.help) console.log(usage);
  else {
    const config = loadConfig(Config);
    if (values.reset) await rm(path.resolve(config.DATA_FOLDER), { recursive: true, force: true });
    await runStandalone(config);
  }
} catch (error) {
  const told = error instanceof ConfigFault || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  console.error(told ? `${(error as Error).message}\n\n${usage}` : error);
  process.exit(told ? 2 : 1);
}
