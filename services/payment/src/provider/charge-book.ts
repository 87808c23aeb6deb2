import { type Database, query } from '@boxoffice/postgres';
import { paymentOf } from '../domain/payment.ts';

/** What we know of a charge, for a provider that has to find it again by a name of its own. */
export interface ChargeBook {
  paymentIdOf(charge: string): string;
  /** Undefined for a charge that is none of ours. */
  find(charge: string): Promise<{ amountMinor: number; currency: string; reference: string | null } | undefined>;
  /** Keeps the provider's name of a charge before any money moves; answers the one that counts: the first. */
  note(charge: string, reference: string): Promise<string>;
}

/** The payments' rows as a provider's book. A charge is named `<payment>:authorising`. */
export const chargeBook = (db: Database): ChargeBook => ({
  paymentIdOf,
  async find(charge) {
    const [row] = await query<{ amountMinor: number; currency: string; reference: string | null }>(
      db,
      `SELECT amount_minor AS "amountMinor", currency, provider_reference AS reference FROM transactions WHERE id = $1`,
      [paymentIdOf(charge)],
    );
    return row;
  },
  async note(charge, reference) {
    // Whoever was first: two drivers that opened the charge at once must go on with the same one.
    const [row] = await query<{ reference: string }>(
      db,
      `UPDATE transactions SET provider_reference = coalesce(provider_reference, $2) WHERE id = $1 RETURNING provider_reference AS reference`,
      [paymentIdOf(charge), reference],
    );
    if (!row) throw new Error('a charge of no payment');
    return row.reference;
  },
});

function paymentIdOf(charge: string): string {
  const paymentId = paymentOf(charge);
  if (paymentId === undefined) throw new Error('a charge of no payment');
  return paymentId;
}
