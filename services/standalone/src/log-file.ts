import { openSync, renameSync, statSync, writeSync } from 'node:fs';

const maxBytes = 20 * 1024 * 1024;

/** Appends log lines to a file its owner alone can read, at once, so that nothing is missing after a crash. One older file is kept. */
export function logFile(file: string): { write(line: string): void } {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(file, `${file}.1`);
  const open = openSync(file, 'a', 0o600);
  return { write: (line) => void writeSync(open, line) };
}
