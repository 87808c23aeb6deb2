import type { Caller, Service } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { type Sale, type SaleResult, settleSale } from '../persistence/confirm-seats.sql.ts';
import { lockCustomer } from '../persistence/customer-lock.ts';

export type ConfirmSeat = (input: Sale & { userId?: string | undefined }, caller: Caller<Service>) => Promise<SaleResult>;

/** Sells the seats of a reservation to a payment: the plain way first, then the verdict on a fresh snapshot. GONE for a reservation that is not there, or not the user's. */
export const confirmSeat =
  ({ db, claims, locks }: Deps): ConfirmSeat =>
  async ({ userId, ...sale }) => {
    const owner = await claims.ownerOf(sale.reservationId, userId);
    if (!owner) return 'GONE';
    const confirmed = await claims.confirm({ ...sale, userId: owner.userId });
    const result = confirmed ? 'CONFIRMED' : await db.transaction((tx) => lockCustomer(tx, owner.userId).then(() => settleSale(tx, sale)));
    await locks.release({ ...owner, reservationId: sale.reservationId }); // sold or gone: Postgres says which from here on
    return result;
  };
