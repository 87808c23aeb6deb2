/**
 * `load --url URL --rate 3 [--seconds 60]`: sells seats at a steady rate as the installation's administrator and its customers, until SIGTERM. Prints each
 * operation as a line of JSON, then reads everything that was acknowledged back; the last line is the result. Ends with 1 when something is missing.
 */
import { parseArgs } from 'node:util';
import { administratorOf } from './config.ts';
import { runLoad } from './load/run.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
try {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8000' },
      rate: { type: 'string', default: '3' },
      seconds: { type: 'string' },
      'read-back-seconds': { type: 'string', default: '120' },
    },
  });
  const result = await runLoad({
    url: values.url,
    administrator: administratorOf(),
    ordersPerSecond: Number(values.rate),
    readBackWithinMs: Number(values['read-back-seconds']) * 1_000,
    stop: stop.signal,
    print: (entry) => console.log(JSON.stringify(entry)),
    onSale: (eventId) => {
      console.log(JSON.stringify({ onSale: eventId }));
      if (values.seconds) setTimeout(() => stop.abort(), Number(values.seconds) * 1_000).unref();
    },
  });
  console.log(JSON.stringify({ result }));
  process.exitCode = result.found.missing.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
