import type { StatementDifference } from '@boxoffice/contracts';
import type { z } from 'zod';
import { paymentOf } from './payment.ts';

/** Money that moved at a provider. `key`: the request it moved by; of a refund the key we gave it. */
export interface Movement {
  kind: 'capture' | 'refund';
  charge: string;
  key: string;
  amountMinor: number;
  currency: string;
  at: Date;
}
/** Money that moved, as our books have it. `key`: of a refund, what it was asked with; a capture is known by its charge. */
export type OurMovement = Omit<Movement, 'key'> & { key: string | null; paymentId: string; provider: string; accountId: string | null };
type Difference = z.output<typeof StatementDifference>;

/** What both sides know a movement by: a charge is captured once, a refund has its key. */
const nameOf = ({ kind, charge, key }: Pick<OurMovement, 'kind' | 'charge' | 'key'>) => (kind === 'capture' ? `capture ${charge}` : `refund ${key}`);

/** What one provider and our books do not tell the same of, to the cent; times are no part of it. Nothing: they agree. */
export function differencesOf(provider: string, ours: readonly OurMovement[], theirs: readonly Movement[]): Difference[] {
  const theirsByName = new Map(theirs.map((movement) => [nameOf(movement), movement]));
  const oursByName = new Map(ours.map((movement) => [nameOf(movement), movement]));
  const known = ours.flatMap((mine) => differenceOf(provider, mine, theirsByName.get(nameOf(mine))));
  const unknown = theirs.filter((movement) => !oursByName.has(nameOf(movement)));
  return [
    ...known,
    ...unknown.map(({ kind, charge, key, amountMinor }): Difference => {
      const named = { kind, charge, key: kind === 'refund' ? key : null, provider, paymentId: paymentOf(charge) ?? null };
      return { what: 'missing-here', ...named, oursMinor: null, theirsMinor: amountMinor };
    }),
  ];
}

function differenceOf(provider: string, mine: OurMovement, theirs: Movement | undefined): Difference[] {
  const { kind, charge, key, paymentId, amountMinor: oursMinor } = mine;
  const named = { kind, charge, key, provider, paymentId, oursMinor };
  if (!theirs) return [{ what: 'missing-at-provider', ...named, theirsMinor: null }];
  if (theirs.currency !== mine.currency) return [{ what: 'currency-differs', ...named, theirsMinor: theirs.amountMinor }];
  return theirs.amountMinor === oursMinor ? [] : [{ what: 'amount-differs', ...named, theirsMinor: theirs.amountMinor }];
}
