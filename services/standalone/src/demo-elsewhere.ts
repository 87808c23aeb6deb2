import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createBoxOfficeClient, refusedWith } from '@boxoffice/client';
import { type Demo, seedDemo } from './demo-seed.ts';
import { keep } from './secrets.ts';

const patienceMs = 60_000;
const answerWithinMs = 5_000;

/**
 * The demo of an installation that runs elsewhere and lets anybody make organisations; `file` keeps its passwords. Waits a minute for it to answer.
 * A demo that is there already stays; one that the file tells of and the installation does not is made anew. Throws an Error that says what to do.
 */
export async function demoElsewhere(url: string, file: string): Promise<Demo> {
  await answering(url);
  const kept = await keptDemo(file);
  const demo = kept && (await isKnown(url, kept)) ? { ...kept, url } : await seeded(url, file);
  await keep(file, demo);
  return demo;
}

async function answering(url: string): Promise<void> {
  const isReady = () =>
    fetch(`${url}/readyz`, { signal: AbortSignal.timeout(answerWithinMs) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const until = Date.now() + patienceMs;
  while (!(await isReady())) {
    if (Date.now() > until) throw new Error(`Nothing is ready at ${url}: look at ${url}/readyz and at the gateway's log.`);
    await delay(500);
  }
}

/** What the file holds; nothing where there is none. */
export async function keptDemo(file: string): Promise<Demo | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

async function isKnown(url: string, { organiser }: Demo): Promise<boolean> {
  try {
    await createBoxOfficeClient({ url }).identity.login.mutate(organiser);
    return true;
  } catch (error) {
    if (refusedWith(error, 'INVALID_CREDENTIALS')) return false;
    throw error;
  }
}

async function seeded(url: string, file: string): Promise<Demo> {
  try {
    return await seedDemo(url);
  } catch (cause) {
    if (!refusedWith(cause, 'EMAIL_ALREADY_REGISTERED')) throw cause;
    throw new Error(`${url} has a demo whose passwords ${file} does not hold: put that file back, or start with an empty database.`, { cause });
  }
}
