/** What the compiler must refuse. This file has no code: each expected error is a promise of procedures.ts. */
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { type AppRouter, type BookingService, type Caller, proceduresOver, Refusal, type Service } from './index.ts';

declare const good: BookingService;
// A use case gets parsed input and may return Dates; callers send raw input and read ISO text.
export const implementation: BookingService = {
  ...good,
  seatMap: async ({ eventId }) => ({ eventId: eventId.toUpperCase(), at: new Date(), map: '', nextExpiryAt: null }),
};
export const input: inferRouterInputs<AppRouter>['booking']['listEvents'] = {};
export const heldUntil = (output: inferRouterOutputs<AppRouter>['booking']['holdSeats']): string => output.heldUntil;
const { seatMap: _left, ...rest } = good;
// @ts-expect-error a missing method
export const missing: BookingService = rest;
// @ts-expect-error a wrong output
export const wrong: BookingService = { ...good, seatMap: async () => ({ eventId: 1 }) };
// @ts-expect-error a service is not a user
export const actor: BookingService = { ...good, holdSeats: async (input, by: Caller<Service>) => good.holdSeats(input, by as never) };
const { anyone } = proceduresOver<{ booking: BookingService }>();
// @ts-expect-error anyone may not reach a use case for users
anyone.mutation(({ ctx }) => ctx.booking.holdSeats({ eventId: 'e', seatIds: [] }, ctx.caller));
// @ts-expect-error details are typed by the code
new Refusal('SEAT_ALREADY_HELD', { seatIds: 'A-1' });
