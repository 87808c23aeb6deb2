import { referenceAlphabet, referenceSum } from '@boxoffice/contracts';

/** Characters before the check: 29⁷ are 17 thousand million references. */
const length = 7;

/** A payment reference from numbers in 0..1, one for each of its seven free characters; see PaymentReference. */
export function referenceOf(random: () => number): string {
  const free = Array.from({ length }, () => referenceAlphabet[Math.floor(random() * referenceAlphabet.length)]).join('');
  const check = [...referenceAlphabet].find((character) => referenceSum(free + character) === 0);
  if (check === undefined) throw new Error('every sum has its check character'); // 8 has an inverse modulo 29
  return free + check;
}
