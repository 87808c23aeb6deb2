import { randomUUID } from 'node:crypto';
import { defineEntity, LockMode, MikroORM, p } from '@mikro-orm/postgresql';
import { initTRPC, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import { Redis } from 'ioredis';
import { HoldInput } from './input.ts';

// The design as it is usually drawn: a lock per seat in Redis, then a transaction through the ORM, and a row for the outbox in it.

const Seat = defineEntity({
  name: 'Seat',
  tableName: 'seat',
  properties: { id: p.uuid().primary(), eventId: p.uuid(), status: p.text(), heldBy: p.uuid().nullable(), heldUntil: p.datetime().nullable() },
});
const Reservation = defineEntity({
  name: 'Reservation',
  tableName: 'reservation',
  properties: { id: p.uuid().primary(), eventId: p.uuid(), userId: p.uuid(), seatId: p.uuid(), status: p.text(), expiresAt: p.datetime() },
});
const Outbox = defineEntity({
  name: 'Outbox',
  tableName: 'outbox',
  properties: { id: p.uuid().primary(), topic: p.text(), payload: p.json<object>(), createdAt: p.datetime() },
});

const { DATABASE_URL: clientUrl = '', REDIS_URL = '', PORT } = process.env;
const orm = await MikroORM.init({ clientUrl, entities: [Seat, Reservation, Outbox], pool: { min: 2, max: 10 } });
const redis = new Redis(REDIS_URL);
const ttlMs = 300_000;

async function hold({ eventId, seatIds }: HoldInput, userId: string) {
  const reservationId = randomUUID();
  const locked: string[] = [];
  for (const seatId of seatIds) {
    const won = await redis.set(`baseline:seat:${seatId}`, reservationId, 'PX', ttlMs, 'NX');
    if (won !== 'OK') {
      if (locked.length > 0) await redis.del(...locked);
      throw new TRPCError({ code: 'CONFLICT', message: 'Seat already held.' });
    }
    locked.push(`baseline:seat:${seatId}`);
  }
  const expiresAt = new Date(Date.now() + ttlMs);
  try {
    return await orm.em.fork().transactional(async (em) => {
      const seats = await em.find(Seat, { id: { $in: seatIds }, eventId }, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } });
      if (seats.length !== seatIds.length || seats.some((seat) => seat.status !== 'AVAILABLE'))
        throw new TRPCError({ code: 'CONFLICT', message: 'Seat not available.' });
      for (const seat of seats) {
        Object.assign(seat, { status: 'HELD', heldBy: userId, heldUntil: expiresAt });
        em.create(Reservation, { id: randomUUID(), eventId, userId, seatId: seat.id, status: 'HELD', expiresAt });
      }
      em.create(Outbox, { id: randomUUID(), topic: 'seat-held', payload: { reservationId, seatIds, userId }, createdAt: new Date() });
      await em.flush();
      return { reservationId, seatIds, expiresAt: expiresAt.toISOString() };
    });
  } catch (error) {
    await redis.del(...locked);
    throw error;
  }
}

const t = initTRPC.context<{ userId: string }>().create();
const router = t.router({ holdSeats: t.procedure.input(HoldInput).mutation(({ input, ctx }) => hold(input, ctx.userId)) });
export type BookingRouter = typeof router;

const app = express();
app.use('/trpc', createExpressMiddleware({ router, createContext: ({ req }) => ({ userId: String(req.headers['x-user-id']) }) }));
app.listen(Number(PORT), '127.0.0.1');
