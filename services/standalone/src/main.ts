/** `npm start`: the whole of Box Office in one process. `--reset` removes what it keeps first. */
import { parseArgs } from 'node:util';
import { FolderInUse } from '@boxoffice/postgres/embedded';
import { ConfigFault, loadConfig } from '@boxoffice/service-kit';
import { Config } from './config.ts';
import { reset } from './reset.ts';
import { runStandalone } from './standalone.ts';

const usage =
  'npm start [-- --reset]\n  --reset   starts over: removes database, secrets, demo and mails from the data folder first\n\nVariables (PORT, DATA_FOLDER, …): services/standalone/README.md';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } });
  if (values.help) return console.log(usage);
  const config = loadConfig(Config);
  if (values.reset) await reset(config);
  await runStandalone(config);
}

/** What to tell a person about a failed start, and the exit code; a fault of ours keeps its stack. */
function toldOf(error: unknown): [words: unknown, code: number] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof ConfigFault || code.startsWith('ERR_PARSE_ARGS')) return [`${(error as Error).message}\n\n${usage}`, 2];
  if (error instanceof FolderInUse) return [`Box Office runs on this data folder already: ${error.message}, or set DATA_FOLDER.`, 1];
  if (code === 'EADDRINUSE') return [`${(error as Error).message}: something listens there already. Stop it, or set PORT.`, 1];
  return [error, 1];
}

await main().catch((error: unknown) => {
  const [words, code] = toldOf(error);
  console.error(words);
  process.exit(code);
});
