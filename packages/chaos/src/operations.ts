import type { BoxOfficeClient } from '@boxoffice/client';
import { answerOf } from '@boxoffice/journey';
import type { Chance } from '@boxoffice/testing/chance';
import type { Entry, History } from './history.ts';
import type { Watchers } from './watchers.ts';
import type { World } from './world.ts';

/** What a crowd needs to know. */
export type Crowd = {
  world: World;
  history: History;
  watchers: Watchers;
  chance: Chance;
  /** Milliseconds since the run began. */
  now: () => number;
  stopping: () => boolean;
};

/** Somebody with a session. */
export type Me = { client: BoxOfficeClient; userId: string };
/** What is known of an operation before it is done, and what its answer tells. */
type Known<T> = Pick<Entry, 'op'> & Partial<Entry> & { learn?: (answer: T) => Partial<Entry> };
/** How it ended for the client. */
export type Told<T> = { outcome: 'ok'; answer: T } | { outcome: 'refused' | 'unknown'; code: string };

/** Does one operation and notes what the client saw. "Unknown" is every answer that does not say what happened. */
export async function doing<T>(crowd: Crowd, me: Me, { learn = () => ({}), ...known }: Known<T>, work: () => Promise<T>): Promise<Told<T>> {
  const at = crowd.now();
  const note = (rest: Pick<Entry, 'outcome'> & Partial<Entry>) =>
    crowd.history.note({ ...known, ...rest, userId: me.userId, at, ms: crowd.now() - at });
  try {
    const answer = await work();
    note({ outcome: 'ok', ...learn(answer) });
    return { outcome: 'ok', answer };
  } catch (error) {
    const { code, status } = saidBy(error);
    const outcome = status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unknown';
    note({ outcome, code });
    return { outcome, code };
  }
}

/** What an error says; one that is no answer of anybody has status 0. */
function saidBy(error: unknown): { code: string; status: number } {
  try {
    return answerOf(error);
  } catch {
    return { code: 'NO_ANSWER', status: 0 };
  }
}
