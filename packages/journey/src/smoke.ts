/** `smoke --url http://127.0.0.1:8000`: buys one ticket on a running installation, as its administrator (config.ts says where the credentials come from). */
import { parseArgs } from 'node:util';
import { administratorOf } from './config.ts';
import { journeyReport } from './report.ts';
import { buyOneTicket, SmokeFault } from './smoke-steps.ts';

try {
  const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:8000' } } });
  const report = journeyReport(console.log);
  await buyOneTicket({ url: values.url, administrator: administratorOf(), report });
  console.log(`Sold one ticket and let it in: ${report.steps.length} steps in ${report.steps.reduce((sum, { ms }) => sum + ms, 0)} ms.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof SmokeFault) console.error(error.advice);
  process.exitCode = 1;
}
