import type { Caller, Service } from '@boxoffice/contracts';
import type { Database, Tx } from '@boxoffice/postgres';
import type { Deps } from '../deps.ts';
import { confirmSeats, type Sale, type SaleResult, settleSale } from '../persistence/confirm-seats.sql.ts';
import { lockCustomer } from '../persistence/customer-lock.ts';
import { ownerOf } from '../persistence/reservations.sql.ts';

export type ConfirmSeat = (input: Sale & { userId?: string | undefined }, caller: Caller<Service>) => Promise<SaleResult>;

/** Sells the seats of a reservation to a payment: the plain way first, then the verdict on a fresh snapshot. GONE for a reservation that is not there, or not the user's. */
export const confirmSeat =
  ({ db, locks }: Deps): ConfirmSeat =>
  async ({ userId, ...sale }) => {
    const owner = await ownerOf(db, sale.reservationId, userId);
    if (!owner) return 'GONE';
    const confirmed = await asCustomer(db, owner.userId, (tx) => confirmSeats(tx, sale));
    const result = confirmed ? 'CONFIRMED' : await asCustomer(db, owner.userId, (tx) => settleSale(tx, sale));
    await locks.release({ ...owner, reservationId: sale.reservationId }); // sold or gone: Postgres says which from here on
    return result;
  };

const asCustomer = <T>(db: Database, userId: string, step: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction(async (tx) => {
    await lockCustomer(tx, userId);
    return step(tx);
  });
