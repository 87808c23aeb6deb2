import type { AnyTRPCRouter } from '@trpc/server';
import { type AnalyticsService, analyticsRouter } from './analytics.ts';
import { type BookingService, bookingRouter } from './booking.ts';
import { type IdentityService, identityRouter } from './identity.ts';
import { type PaymentService, paymentRouter } from './payment.ts';
import { proceduresOver } from './procedures.ts';
import { type TicketingService, ticketingRouter } from './ticketing.ts';

/** The services behind the whole API, and who answers each first path segment. */
export interface Services {
  identity: IdentityService;
  booking: BookingService;
  payment: PaymentService;
  ticketing: TicketingService;
  analytics: AnalyticsService;
}
export type Namespace = keyof Services;

export const routers = {
  identity: identityRouter,
  booking: bookingRouter,
  payment: paymentRouter,
  ticketing: ticketingRouter,
  analytics: analyticsRouter,
} satisfies Record<Namespace, AnyTRPCRouter>;
export const appRouter = proceduresOver<Services>().router(routers);
export type AppRouter = typeof appRouter;

/** One service's share of the API, under the same names as in the whole. */
export const identityApi = proceduresOver<Pick<Services, 'identity'>>().router({ identity: identityRouter });
export const bookingApi = proceduresOver<Pick<Services, 'booking'>>().router({ booking: bookingRouter });
export const paymentApi = proceduresOver<Pick<Services, 'payment'>>().router({ payment: paymentRouter });
export const ticketingApi = proceduresOver<Pick<Services, 'ticketing'>>().router({ ticketing: ticketingRouter });
export const analyticsApi = proceduresOver<Pick<Services, 'analytics'>>().router({ analytics: analyticsRouter });
