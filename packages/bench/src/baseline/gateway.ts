import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import { Redis } from 'ioredis';
import { jwtVerify } from 'jose';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { BookingRouter } from './booking.ts';
import { HoldInput } from './input.ts';

// The gateway of the usual design: who calls (JWT), how often (a counter in Redis), and a tRPC call to the service.

const { REDIS_URL = '', BOOKING_URL = '', JWT_SECRET = '', PORT } = process.env;
const secret = new TextEncoder().encode(JWT_SECRET);
const limiter = new RateLimiterRedis({ storeClient: new Redis(REDIS_URL), keyPrefix: 'baseline', points: 1_000_000, duration: 10 });

const t = initTRPC.context<{ token: string | undefined }>().create();
const known = t.procedure.use(async ({ ctx, next }) => {
  const { payload } = await jwtVerify(ctx.token ?? '', secret).catch(() => {
    throw new TRPCError({ code: 'UNAUTHORIZED' });
  });
  const userId = String(payload.sub);
  await limiter.consume(userId).catch(() => {
    throw new TRPCError({ code: 'TOO_MANY_REQUESTS' });
  });
  return next({ ctx: { userId } });
});
const router = t.router({
  holdSeats: known.input(HoldInput).mutation(async ({ input, ctx }) => {
    const booking = createTRPCClient<BookingRouter>({ links: [httpLink({ url: `${BOOKING_URL}/trpc`, headers: { 'x-user-id': ctx.userId } })] });
    try {
      return await booking.holdSeats.mutate(input);
    } catch (error) {
      if (error instanceof TRPCClientError && error.data?.code === 'CONFLICT') throw new TRPCError({ code: 'CONFLICT', message: error.message });
      throw error;
    }
  }),
});

const app = express();
app.use('/trpc', createExpressMiddleware({ router, createContext: ({ req }) => ({ token: req.headers.authorization?.slice('Bearer '.length) }) }));
app.listen(Number(PORT), '127.0.0.1');
