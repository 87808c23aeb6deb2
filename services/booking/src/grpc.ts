import { type BookingService, type Caller, HoldSeats, Id, type Service, type User } from '@boxoffice/contracts';
import { ConfirmResult, type SeatAllocationService } from '@boxoffice/contracts/grpc';
import type { GrpcImplementation } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { amountOf, pricedSeat } from './domain/reservation.ts';
import type { BeginPayment } from './use-cases/begin-payment.ts';
import type { ConfirmSeat } from './use-cases/confirm-seat.ts';
import type { ReleaseSeat } from './use-cases/release-seat.ts';
import type { ReturnSeats } from './use-cases/return-seats.ts';

/** What the money path may ask, over gRPC or in process. */
export type SeatAllocation = GrpcImplementation<typeof SeatAllocationService>;
type UseCases = Pick<BookingService, 'holdSeats'> & {
  beginPayment: BeginPayment;
  confirmSeat: ConfirmSeat;
  releaseSeat: ReleaseSeat;
  returnSeats: ReturnSeats;
};

const ReservationOnly = z.object({ reservationId: Id });
const Release = z.object({ reservationId: Id, reason: z.enum(['customer', 'payment-failed']) });
const Sale = z.object({ reservationId: Id, paymentId: Id, seats: z.number().int().min(1).max(100) });
const Return = z.object({ reservationId: Id, seatIds: HoldSeats.shape.seatIds });
const results = { CONFIRMED: ConfirmResult.CONFIRMED, OTHER: ConfirmResult.OTHER, GONE: ConfirmResult.GONE };

/** SeatAllocationService over the use cases. Only payment may call; where a user stands behind the call, the reservation must be his. */
export const seatAllocation = (useCases: UseCases): SeatAllocation => ({
  async holdSeat({ idempotencyKey, ...wanted }, caller) {
    const { reservationId, heldUntil } = await useCases.holdSeats(read(HoldSeats, wanted), customerBehind(paymentOf(caller), idempotencyKey));
    return { reservationId, heldUntil: new Date(heldUntil as Date | string).toISOString() }; // an Instant: what a use case may give for it
  },
  async releaseSeat(request, caller) {
    const userId = paymentOf(caller).actor.onBehalfOf;
    return { released: await useCases.releaseSeat({ ...read(Release, request), userId }, caller) };
  },
  async confirmSeat(request, caller) {
    const userId = paymentOf(caller).actor.onBehalfOf;
    return { result: results[await useCases.confirmSeat({ ...read(Sale, request), userId }, caller)] };
  },
  async beginPayment(request, caller) {
    const { actor } = customerBehind(paymentOf(caller));
    const seats = await useCases.beginPayment({ ...read(ReservationOnly, request), userId: actor.userId }, caller);
    const { eventId, organisationId, currency, expiresAt } = seats[0];
    return { eventId, organisationId, currency, amountMinor: amountOf(seats), seats: seats.map(pricedSeat), heldUntil: expiresAt.toISOString() };
  },
  async returnSeats(request, caller) {
    const userId = paymentOf(caller).actor.onBehalfOf;
    return { returned: await useCases.returnSeats({ ...read(Return, request), userId }, caller) };
  },
});

function paymentOf(caller: Caller<Service>): Caller<Service> {
  if (caller.actor.name === 'payment') return caller;
  throw new TRPCError({ code: 'FORBIDDEN', message: 'Only payment may do this.' });
}

/** The user behind the call, as a customer without any role. */
function customerBehind(caller: Caller<Service>, idempotencyKey?: string): Caller<User> {
  const userId = caller.actor.onBehalfOf;
  if (userId === undefined) throw new TRPCError({ code: 'FORBIDDEN', message: 'Somebody must stand behind this call.' });
  return { ...caller, actor: { kind: 'user', userId, guest: false, memberships: [] }, idempotencyKey: idempotencyKey || undefined }; // '' on the wire is none
}

function read<S extends z.ZodType>(schema: S, request: unknown): z.output<S> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new TRPCError({ code: 'BAD_REQUEST', message: z.prettifyError(parsed.error), cause: parsed.error });
}
