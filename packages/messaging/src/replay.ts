import { parseArgs } from 'node:util';
import type { Database } from '@boxoffice/postgres';
import { ConfigFault } from '@boxoffice/service-kit';
import { type DeadLetter, deadLetters, revive } from './replay.sql.ts';

export type ReplayOptions = {
  db: Database;
  /** Consumer group: the service's name. */
  group: string;
  /** What was said on the command line after the target's name. */
  args: readonly string[];
  /** Takes a line for the operator. */
  print: (line: string) => void;
};

const usage = `usage: node src/main.ts replay [--topic T] [--message ID] [--dry-run]
       node src/main.ts replay --list [--topic T] [--message ID]

  --topic T      only the dead letters of this topic
  --message ID   only this one, by the id that --list prints; may be repeated
  --dry-run      tells what would be replayed, and changes nothing
  --list         tells what is dead: id, topic, key, error, attempts, age`;

/**
 * Parks dead letters again: the running service applies them, the first of each key first, and its inbox lets none have a second effect. Prints what it did.
 * Throws a ConfigFault on words it does not know and on a topic or an id of which nothing is dead, before anything is changed.
 */
export async function replay({ db, group, args, print }: ReplayOptions): Promise<void> {
  const wanted = wantedOf(args);
  const dead = (await deadLetters(db, group)).filter((letter) => isWanted(letter, wanted));
  const unknown = wanted.ids.filter((id) => !dead.some((letter) => letter.id === id));
  if (unknown.length > 0) throw new ConfigFault(`no dead letter of ${wanted.topic ?? group} has the id ${unknown.join(', ')}; see --list`);
  if (wanted.topic !== undefined && dead.length === 0) throw new ConfigFault(`no message of ${wanted.topic} is dead in ${group}; see --list`);
  for (const letter of dead) print(lineOf(letter));
  if (wanted.list) return print(`${dead.length} dead`);
  if (wanted.dryRun) return print(`${dead.length} would be replayed`);
  const revived = await revive(
    db,
    group,
    dead.map(({ id }) => id),
  );
  print(`${revived} parked again: the running service applies them in order per key`);
}

/** The target `replay` of a service's main: opens its database, replays, closes it. */
export const replayTarget =
  <C>(group: string, open: (config: C) => Promise<Database>) =>
  async (config: C, _platform: unknown, args: readonly string[]): Promise<void> => {
    const db = await open(config);
    await replay({ db, group, args, print: (line) => process.stdout.write(`${line}\n`) }).finally(() => db.close());
  };

type Wanted = { topic: string | undefined; ids: number[]; dryRun: boolean; list: boolean };

function wantedOf(args: readonly string[]): Wanted {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        topic: { type: 'string' },
        message: { type: 'string', multiple: true, default: [] },
        'dry-run': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    return { topic: values.topic, ids: values.message.map(idOf), dryRun: values['dry-run'], list: values.list };
  } catch (error) {
    throw new ConfigFault(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function idOf(word: string): number {
  if (!/^\d{1,15}$/.test(word)) throw new Error(`'${word}' is no id: ids are the numbers that --list prints`);
  return Number(word);
}

const isWanted = ({ topic, id }: DeadLetter, wanted: Wanted): boolean =>
  (wanted.topic === undefined || wanted.topic === topic) && (wanted.ids.length === 0 || wanted.ids.includes(id));

/** One line, whatever is in it; never the payload. */
const lineOf = ({ id, topic, key, error, attempts, ageSeconds }: DeadLetter): string =>
  [id, topic, key, `${attempts} attempts`, `dead for ${ageSeconds} s`, error]
    .map((part) => String(part).replace(/\s+/g, ' ').slice(0, 200))
    .join('  ');
