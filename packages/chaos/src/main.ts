/** `npm run chaos`: customers buy while everything that can fail does; then every promise is checked. */
import { parseArgs } from 'node:util';
import { type Fault, faults, kills, otherFaults } from './faults/index.ts';
import { printMoneyRun } from './money/print.ts';
import { moneyRun } from './money/run.ts';
import { run } from './run.ts';

const help = `npm run chaos -- [--seconds 60 | --minutes 10] [--seed <n>] [--json]

  --seconds, --minutes   how long customers buy and faults are injected (60 s)
  --seed <n>             draws the same operations and faults again; without it one is drawn, and printed
  --customers <n>        how many buy at once (24)
  --faults F1,F9         only these classes; none: only customers
  --reaper <n>           reapers at once, or off (1)
  --rate <n>             orders per second at a constant rate instead of customers who do as they like
  --kill-run             kill -9 of Redis, Kafka, Postgres, booking and payment, at --rate 200
  --money-run            orders at a bank that is late, away, and sends webhooks twice, reordered and forged, while services are killed;
                         ends with three books that must say the same; takes --orders 2000, --rate 100, --seed
  --list-faults          what can be injected, and what is seen of it
  --json                 ends with {"operations":n,"faults":n,"violations":n}

Ends with 0 when every promise was kept, 1 when one was broken, 2 on words it does not know.`;

const fail = (why: string): never => {
  console.error(`${why}\n\n${help}`);
  process.exit(2);
};
const whole = (name: string, text: string, least = 0): number =>
  /^\d{1,10}$/.test(text) && Number(text) >= least ? Number(text) : fail(`--${name} takes a whole number from ${least}, not "${text}"`);

function arguments_() {
  try {
    const string = { type: 'string' as const };
    const flag = { type: 'boolean' as const };
    const options = {
      seconds: string,
      minutes: string,
      seed: string,
      customers: string,
      faults: string,
      reaper: string,
      rate: string,
      orders: string,
    };
    return parseArgs({ options: { ...options, 'kill-run': flag, 'money-run': flag, 'list-faults': flag, json: flag, help: flag } }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const given = arguments_();
if (given.help) {
  console.log(help);
  process.exit(0);
}
if (given['list-faults']) {
  for (const fault of faults) console.log(`${fault.class.padEnd(4)} ${fault.name} – seen: ${fault.seen}`);
  for (const { class: name, how } of otherFaults) console.log(`${name.padEnd(4)} ${how}`);
  process.exit(0);
}

function chosen(): readonly Fault[] {
  if (given['kill-run']) return kills;
  if (given.faults === undefined) return faults;
  if (given.faults === 'none') return [];
  const classes = given.faults.split(',');
  const asked = otherFaults.find(({ class: name }) => classes.includes(name));
  if (asked) fail(`${asked.class} is not drawn: ${asked.how}`);
  const unknown = classes.filter((name) => !faults.some((fault) => fault.class === name));
  if (unknown.length > 0) fail(`no such faults: ${unknown.join(', ')}; see --list-faults`);
  return faults.filter((fault) => classes.includes(fault.class));
}

if (given.seconds !== undefined && given.minutes !== undefined) fail('give --seconds or --minutes, not both');
if (given.faults !== undefined && given['kill-run']) fail('--kill-run has its own faults: leave out --faults');
const seconds = given.minutes === undefined ? whole('seconds', given.seconds ?? '60', 1) : whole('minutes', given.minutes, 1) * 60;
const seed = given.seed === undefined ? Math.floor(Math.random() * 1_000_000) : whole('seed', given.seed);
const rate = given.rate === undefined ? undefined : whole('rate', given.rate, 1);
const reapers = given.reaper === 'off' ? 0 : whole('reaper', given.reaper ?? '1');
const say = (text: string) => console.error(`chaos ${text}`);
if (given.orders !== undefined && !given['money-run']) fail('--orders goes with --money-run');
if (given['money-run']) {
  const orders = whole('orders', given.orders ?? '2000', 1);
  process.exit(printMoneyRun(seed, orders, await moneyRun({ seed, orders, rate: rate ?? 100, say })));
}
const result = await run({
  seed,
  seconds,
  faults: chosen(),
  customers: whole('customers', given.customers ?? '24', 1),
  rate: given['kill-run'] ? (rate ?? 200) : rate,
  reapers,
  say,
});

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
console.log(`seed ${seed}`);
console.table(result.operations);
console.table(result.faults);
console.table(result.ledger);
console.log(`memory after it, MB: ${JSON.stringify(result.memory)}`);
console.log(result.convergedAfter === undefined ? 'did not settle' : `settled ${result.convergedAfter} s after the last fault`);
for (const { invariant, what } of result.violations.slice(0, 50)) console.log(`VIOLATION ${invariant}: ${what}`);
if (result.violations.length > 0) console.log(`${result.violations.length} violations; logs of the services are in ${result.folder}/logs`);
const operations = Object.values(result.operations).reduce((total, row) => total + sum(row), 0);
if (given.json) console.log(JSON.stringify({ operations, faults: sum(result.faults), violations: result.violations.length }));
process.exit(result.violations.length > 0 ? 1 : 0);
