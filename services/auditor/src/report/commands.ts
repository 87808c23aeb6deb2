import { open, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Id } from '@boxoffice/contracts';
import { loadConfig, loadDocumentSigner, loadTrustedKeys } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { type Config, VerifyConfig } from '../config.ts';
import { openDatabases } from '../databases.ts';
import { makeReport, ReportRefused } from './report.ts';
import { signedText, verify } from './signed-file.ts';

const usage = `usage: node src/main.ts report --event ID [--interim] [--out FILE]
       node src/main.ts verify FILE

  --event ID   the event
  --interim    also while it is on sale
  --out FILE   where to; otherwise it is printed`;

/** `report`: writes the signed report of an event to a file, or prints it. Refuses (ReportRefused) a wrong command line, an unknown event, one still on sale. */
export async function reportCommand(config: z.output<typeof Config>, args: string[]): Promise<void> {
  const { eventId, interim, out, help } = readArgs(args);
  if (help) return void process.stdout.write(`${usage}\n`);
  const file = out === undefined ? undefined : await open(out, 'w').catch(refusal(`${out} cannot be written`)); // before the look, which takes its time
  const sign = await loadDocumentSigner('auditor', config.SERVICE_KEY_FILE);
  const databases = await openDatabases(config);
  try {
    const made = await makeReport({ sql: databases.sql, graceMs: config.AUDIT_GRACE_MS }, { eventId, interim });
    const text = await signedText(made, sign);
    if (!file) return void process.stdout.write(text);
    await file.writeFile(text);
    const wrong = Object.values(made.report.checks).reduce((sum, { findings }) => sum + findings.length, 0);
    process.stdout.write(`${made.report.kind} of ${eventId}: ${out}, ${made.tickets.length} tickets, ${wrong} finding(s)\n`);
  } finally {
    await file?.close();
    await databases.close();
  }
}

function readArgs(args: string[]): { eventId: string; interim: boolean; out: string | undefined; help: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        event: { type: 'string' },
        interim: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const eventId = Id.safeParse(values.event);
    if (!values.help && !eventId.success) throw new Error('--event wants the id of an event');
    return { eventId: eventId.data ?? '', interim: values.interim, out: values.out, help: values.help };
  } catch (error) {
    throw new ReportRefused(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

/** Says in words what a file would not do. */
const refusal =
  (what: string) =>
  (error: unknown): never => {
    throw new ReportRefused(`${what} (${error instanceof Error && 'code' in error ? error.code : error})`);
  };

/** `verify FILE`: says whether a report is good and what is wrong with it; answers the exit code, 0 or 1. Needs no database. */
export async function verifyCommand(args: string[]): Promise<number> {
  const [file, ...rest] = args;
  if (!file || file === '--help' || rest.length > 0) throw new ReportRefused(usage);
  const trusted = await loadTrustedKeys(loadConfig(VerifyConfig).SERVICE_TRUST_FILE);
  const verdict = await verify(await readFile(file, 'utf8').catch(refusal(`${file} cannot be read`)), trusted);
  const lines = verdict.good
    ? [`good: ${verdict.kind} of event ${verdict.eventId} at ${verdict.at}, signed by the auditor of this installation`]
    : verdict.faults.map((fault) => `NOT GOOD: ${fault}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return verdict.good ? 0 : 1;
}
