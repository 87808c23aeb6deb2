import { createHash, randomInt } from 'node:crypto';

/** Digits and capitals that nobody takes for each other, read aloud or on paper: no 0, 1, I, L, O. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const length = 8;

/** A code for people to type: 'K7M2XW9R', one of 850 billion. */
export const newCode = (): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** What is kept of a code. Case, spaces and hyphens do not matter. */
export const codeHash = (code: string): Buffer => createHash('sha256').update(code.toUpperCase().replace(/[\s-]/g, '')).digest();
