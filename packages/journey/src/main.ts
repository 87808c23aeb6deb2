/** `npm run journey -- --url http://127.0.0.1:8000 [--email … --password …]`: runs the whole journey against a running Box Office. */
import { parseArgs } from 'node:util';
import { administratorIfGiven, secrets } from './config.ts';
import { badInputTable, journeyReport, runJourney } from './index.ts';

const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:8000' }, email: { type: 'string' }, password: { type: 'string' } },
});
const report = journeyReport(console.log);
const organiser = values.email && values.password ? { email: values.email, password: values.password } : administratorIfGiven();
try {
  await runJourney({ url: values.url, report, webhookSecret: secrets.webhook, ...(organiser && { organiser }) });
  console.log(`\n${badInputTable(report.badInputs)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
