import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.ts';

/** What the command line asks for. */
export type Options = {
  quick: boolean;
  json: boolean;
  help: boolean;
  only: readonly string[];
  out: string | undefined;
  profile: string | undefined;
  rounds: number;
  seconds: number;
};

export const help = `npm run bench -- [--quick] [--json] [--only <scenario,…>] [--out <file>] [--profile <dir>] [--rounds <n>] [--seconds <n>]

  --quick          only the three ratios that decide, in less than a minute; its last line is one JSON object
  --json           ends with one line of JSON, a list of findings, instead of a table
  --only <names>   only these scenarios, separated by commas
  --out <file>     writes the table to this file too
  --profile <dir>  every process writes a CPU profile of its life there when it ends
  --rounds <n>     how often everything is measured in turn (2; full run: 5)
  --seconds <n>    how long each measurement takes (2; full run: 3)

scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}`;

/** Reads the command line. Throws what is wrong with it, in words. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string' },
      profile: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const { quick, json, out, profile } = values;
  if (quick && (values.only ?? out) !== undefined)
    throw new Error('--quick measures its three ratios only and makes no table: leave out --only and --out');
  const rounds = positive('--rounds', values.rounds, quick ? 2 : 5);
  const seconds = positive('--seconds', values.seconds, quick ? 2 : 3);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds wants a whole number, not ${values.rounds}`);
  return { quick, json, help: values.help, out, profile, rounds, seconds, only: chosen(values.only) };
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const figure = text === undefined ? otherwise : Number(text);
  if (!(figure > 0 && figure <= 60)) throw new Error(`${name} wants a number above 0, at most 60, not ${text}`);
  return figure;
}

function chosen(only: string | undefined): string[] {
  const known = scenarios.map(({ name }) => name);
  const names = only === undefined ? known : only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`--only: there is no scenario ${unknown.map((name) => `'${name}'`).join(', ')}; there are ${known.join(', ')}`);
  return names;
}
