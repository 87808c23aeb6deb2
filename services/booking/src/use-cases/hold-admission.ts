import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { refuseOtherWish } from '../domain/admission.ts';
import { refuseClosed } from '../domain/hold.ts';
import { foundSeats, heldReservation, reservationOf } from '../domain/reservation.ts';
import { refuseTooOften, reservationIdOf } from '../holding.ts';
import type { AdmissionHold } from '../persistence/hold-admission.sql.ts';

type Input = Parameters<BookingService['holdAdmission']>[0];
type By = Parameters<BookingService['holdAdmission']>[1];

/**
 * Holds any places of an area, as many as wanted or none; Postgres alone decides. An idempotency key names the reservation, as for named seats.
 * Refuses what stands in the contract; of several reasons: rate, event, limit, then the area.
 */
export const holdAdmission =
  (deps: Deps): BookingService['holdAdmission'] =>
  async (input, caller) => {
    const hold = holdOf(input, caller, deps.holdTtlMs);
    await refuseTooOften(deps.locks, hold); // no seat to lock: nobody knows yet which places these will be
    const attempt = await deps.claims.holdAdmission(hold);
    if (attempt.result === 'HELD') return heldReservation(hold, attempt);
    if (attempt.result === 'CLOSED') refuseClosed(attempt.event, caller.actor);
    if (attempt.result === 'AREA_UNKNOWN') throw new Refusal('ADMISSION_AREA_UNKNOWN', { area: hold.area });
    if (attempt.result === 'SOLD_OUT') throw new Refusal('ADMISSION_SOLD_OUT', { area: hold.area, free: attempt.free });
    const places = foundSeats(await deps.claims.reservationSeats(hold.reservationId));
    refuseOtherWish(places, hold);
    return reservationOf(places);
  };

/** Ids and the area's name in the database's spelling; the reservation's id from the key, when there is one. */
function holdOf({ eventId, area, quantity }: Input, caller: By, ttlMs: number): AdmissionHold {
  return {
    ...{ reservationId: reservationIdOf('holdAdmission', caller), userId: caller.actor.userId, eventId: eventId.toLowerCase() },
    ...{ area: area.normalize('NFC'), quantity, ttlMs },
  };
}
