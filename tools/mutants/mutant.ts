/** One guard taken away. The text must be in the file exactly once: a list that has drifted from the code proves nothing. */
export type Edit = { file: string; find: string; replace: string };

/** A guard, how it is taken away, and the tests that must notice. */
export type Mutant = Edit & {
  /** Short name for `--only`. */
  name: string;
  /** What the guard promises. */
  guard: string;
  /** Test files that must fail without it. */
  tests: readonly string[];
  /** Runs only tests whose full title matches, where a file holds many slow ones. */
  only?: string;
  /** Edits beside the first, for a guard that stands on two legs. */
  also?: readonly Edit[];
};

/** All edits of a mutant, the first one first. */
export const editsOf = ({ file, find, replace, also = [] }: Mutant): readonly Edit[] => [{ file, find, replace }, ...also];

/** The text without its guard. Throws unless `find` is in it exactly once. */
export function mutated(text: string, { file, find, replace }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file}: found ${parts.length - 1} times, not once: ${JSON.stringify(find)}`);
  return parts.join(replace);
}
