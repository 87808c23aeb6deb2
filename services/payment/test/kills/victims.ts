import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import type { Kill, Place, Word, Work } from './victim.ts';

/** A payment process that waits with everything loaded. */
export interface Victim {
  /** Gives it its work. `created` runs when its payment is there and not confirmed. Answers how it ended: killed, or alive past these points. */
  work(work: Work & { kill: Kill }, created: () => Promise<void>): Promise<'killed' | { points: string[] }>;
}
export interface Victims {
  /** The next one, as soon as it is ready. */
  next(): Promise<Victim>;
  close(): void;
}

/** Keeps `ahead` processes ready: what costs is to load a service, and each dies once. */
export function victimsAt(place: Place, ahead: number): Victims {
  const alive = new Set<ChildProcess>();
  const started = () => {
    const child = fork(path.join(import.meta.dirname, 'victim.ts'), [JSON.stringify(place)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      // Halves what a start costs: 0.8 s of a core instead of 1.5 s.
      env: { ...process.env, NODE_COMPILE_CACHE: path.join(os.tmpdir(), 'boxoffice-compile-cache') },
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    const words: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => words.push(text.toString()));
    const ready = wordFrom(child, words);
    ready.catch(() => {}); // told to who takes it
    return { child, words, ready };
  };
  const waiting = Array.from({ length: ahead }, started);
  return {
    async next() {
      waiting.push(started());
      const victim = waiting.shift() ?? started();
      await victim.ready;
      return { work: (work, created) => worked(victim, work, created) };
    },
    close: () => alive.forEach((child) => void child.kill('SIGKILL')),
  };
}

/** Its next word; throws with what it printed when it ends first, otherwise than by kill -9. */
async function wordFrom(child: ChildProcess, words: string[]): Promise<Word | 'killed'> {
  const [what, signal] = await Promise.race([once(child, 'message'), once(child, 'exit').then(([code, name]) => [{ code }, name])]);
  if (signal === 'SIGKILL') return 'killed';
  if (typeof what === 'object' && 'code' in what) throw new Error(`a payment process ended with ${what.code ?? signal}:\n${words.join('')}`);
  return what;
}

type Started = { child: ChildProcess; words: string[] };
async function worked(
  { child, words }: Started,
  work: Work & { kill: Kill },
  created: () => Promise<void>,
): Promise<'killed' | { points: string[] }> {
  child.send(work);
  let word = await wordFrom(child, words);
  if (word === 'created') {
    await created();
    child.send('go');
    word = await wordFrom(child, words);
  }
  if (word !== 'killed') child.kill('SIGKILL');
  if (typeof word === 'string' && word !== 'killed') throw new Error(`a payment process said ${word}`);
  return word;
}
