import type { Books, Examination, Finding } from './books.ts';
import { type Marks, marksNow, said } from './feed.ts';
import { messageExaminations } from './messages.ts';
import { moneyAndTicketExaminations } from './money-and-tickets.ts';
import { salesExamination } from './sales.ts';
import { seatExaminations } from './seats.ts';
import { everything, type Page } from './walks.ts';

/** Everything that is looked at. */
const examinations: readonly Examination[] = [...seatExaminations, ...moneyAndTicketExaminations, salesExamination, ...messageExaminations];
const byName = new Map(examinations.map((examination) => [examination.name, examination]));

/** What one look saw, and up to where; `subjects` counts what was examined. Findings beyond the first thousand of an examination are dropped. */
export type Looked = { findings: Finding[]; marks: Marks; subjects: number };

/** Kept per examination; enough to act on, and bounds memory when everything is wrong. */
const mostFindings = 1_000;

/** Each finding once, by its key, and of each examination the first thousand. */
export function boundedFindings(given: Iterable<Finding>, kept = new Map<string, Finding>()): Map<string, Finding> {
  const counts = new Map<string, number>();
  for (const { examination } of kept.values()) counts.set(examination, (counts.get(examination) ?? 0) + 1);
  for (const finding of given) {
    const count = counts.get(finding.examination) ?? 0;
    if (kept.has(keyOf(finding)) || count >= mostFindings) continue;
    counts.set(finding.examination, count + 1);
    kept.set(keyOf(finding), finding);
  }
  return kept;
}

/** Those findings that are still so: the databases are read one after the other, and what was changed in between looks wrong once. */
export async function stillSo(books: Books, findings: readonly Finding[]): Promise<Finding[]> {
  const again: Finding[] = [];
  for (const [name, suspects] of Map.groupBy(findings, ({ examination }) => examination)) {
    const subjects = [...new Set(suspects.map(({ subject }) => subject))];
    const known = new Set(suspects.map(keyOf));
    const seen = (await byName.get(name)?.examine(books, subjects)) ?? [];
    again.push(...seen.filter((finding) => known.has(keyOf(finding))));
  }
  return again;
}

/** Two findings with the same key are the same finding. */
export const keyOf = ({ examination, check, subject }: Finding): string => `${examination} ${check} ${subject}`;

/** Looks at everything, or at everything of one event and all messages. */
export async function lookAtAll(books: Books, event?: string): Promise<Looked> {
  const marks = await marksNow(books);
  const all = async function* () {
    yield* everything(books.sql, event);
    yield* said(books, { to: marks, effects: false });
  };
  return examineAll(books, marks, all());
}

/** Looks at what was said since `from`, and at what is open: its price is that of the sales in between. */
export async function lookSince(books: Books, from: Marks): Promise<Looked> {
  const marks = await marksNow(books);
  return examineAll(books, marks, said(books, { from, to: marks, effects: true }));
}

async function examineAll(books: Books, marks: Marks, pages: AsyncIterable<Page>): Promise<Looked> {
  const found = new Map<string, Finding>();
  let subjects = 0;
  const look = async ({ examine }: Examination, of: string[] | null) => {
    const suspects = await examine(books, of);
    if (suspects.length > 0) boundedFindings(await stillSo(books, suspects), found);
  };
  for (const examination of examinations) if (examination.kind === 'standing') await look(examination, null);
  for await (const page of pages) {
    subjects += page.subjects.length;
    if (page.subjects.length > 0) for (const examination of examinations) if (examination.kind === page.kind) await look(examination, page.subjects);
  }
  return { findings: [...found.values()], marks, subjects };
}
