import { type Caller, Refusal, type Service } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { returnSeats as putBack } from '../persistence/release-seats.sql.ts';

export type ReturnSeats = (
  input: { reservationId: string; userId?: string | undefined; seatIds: string[] },
  caller: Caller<Service>,
) => Promise<number>;

/** Puts sold seats of a reservation back on sale and answers how many; seats that are not sold to it stay as they are. Refuses RESERVATION_NOT_FOUND. */
export const returnSeats =
  ({ db, claims }: Deps): ReturnSeats =>
  async ({ reservationId, userId, seatIds }) => {
    if (!(await claims.ownerOf(reservationId, userId))) throw new Refusal('RESERVATION_NOT_FOUND', {});
    return (await putBack(db, reservationId, seatIds)).length;
  };
