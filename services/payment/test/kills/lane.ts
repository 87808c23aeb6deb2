import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { createCallerReader, createLogger, createMetrics, grpcServer, loadServiceIdentity } from '@boxoffice/service-kit';
import { asUser, eventually } from '@boxoffice/testing';
import { expect } from 'vitest';
import type { BankName } from '../banks.ts';
import { expectSound, messagesOf } from '../books.ts';
import { scenarios } from '../scenarios.ts';
import { freshStage, type PaymentProcess, type Stage } from '../stage.ts';
import type { Cell, Kind } from './cells.ts';
import { type Victims, victimsAt } from './victims.ts';

/** A database, a booking and a provider of its own, where one payment process after the other is killed. */
export interface Lane {
  /** Kills a process in this cell, lets another finish, and answers how the payment ended; throws when anything does not add up. */
  run(cell: Cell): Promise<string>;
  /** The points a process passes that is not killed. */
  pointsOf(kind: Kind): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a lane; `keys` is a folder of service keys. */
export async function openLane({ bank, keys, ahead }: { bank: BankName; keys: string; ahead: number }): Promise<Lane> {
  const stage = await freshStage({ bank });
  const healthy = await stage.process();
  const booking = await serveBooking(stage, keys);
  const place = { databaseUrl: stage.db.url, grpcPort: booking.port(), keys, bank, stripeUrl: stage.bank.url };
  const victims = victimsAt(place, ahead);
  const world = { stage, healthy, victims };
  return {
    run: (cell) => runCell(world, cell),
    async pointsOf(of) {
      const { died, settled } = await killIn(world, { ...of, kill: undefined });
      if (died === 'killed') throw new Error('a process died that nobody killed');
      expect(await settled()).toBe(scenarios[of.scenario]?.ends);
      return died.points;
    },
    close: async () => {
      victims.close();
      await booking.stop();
      await stage.close();
    },
  };
}

async function serveBooking(stage: Stage, keys: string) {
  const edges = { logger: createLogger({ service: 'booking', level: 'silent' }), metrics: createMetrics('booking') };
  const { trusted } = await loadServiceIdentity({ name: 'booking', keyFile: `${keys}/booking.key.json`, trustFile: `${keys}/trust.json` });
  const callers = createCallerReader({ audience: 'booking', jwks: async () => ({ keys: [] }), trusted });
  const { implementation } = stage.booking;
  const server = grpcServer({ service: SeatAllocationService, implementation, port: 0, host: '127.0.0.1', callers, ...edges });
  await server.start();
  return server;
}

type World = { stage: Stage; healthy: PaymentProcess; victims: Victims };

async function runCell(world: World, { scenario, driver, at, moment, bank }: Cell): Promise<string> {
  const { died, settled } = await killIn(world, { scenario, driver, bank, kill: { at, moment } });
  expect(died, 'it never came to that point').toBe('killed');
  return settled();
}

type Killing = Kind & { kill: { at: number; moment: Cell['moment'] } | undefined };

async function killIn(world: World, { scenario: name, driver, kill }: Killing) {
  const { stage, victims } = world;
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  const victim = await victims.next();
  const meanwhile = async (reservationId: string) => scenario.meanwhile?.(stage.booking, reservationId);
  if (driver === 'customer') {
    const { userId } = asUser().actor;
    const reservationId = await stage.booking.hold(userId);
    const died = await victim.work({ driver, kill, userId, reservationId, paying: stage.bank.paying(scenario.card) }, () => meanwhile(reservationId));
    return { died, settled: () => settledSale(world, reservationId) };
  }
  const { reservationId, paymentId } = await unanswered(world, scenario.card, meanwhile);
  await stage.later(paymentId);
  const died = await victim.work({ driver, kill }, async () => {});
  return { died, settled: () => settledSale(world, reservationId) };
}

/** A payment whose authorisation the provider has carried out, and nobody knows. */
async function unanswered({ stage, healthy }: World, card: string, meanwhile: (reservationId: string) => Promise<void>) {
  healthy.world.reset();
  const sale = await stage.customer(healthy.payment);
  await meanwhile(sale.reservationId);
  healthy.world.breakAt(0, 'reply lost');
  await healthy.payment.confirmPayment({ paymentId: sale.paymentId, ...stage.bank.paying(card) }, sale.me);
  healthy.world.reset();
  return sale;
}

/** A healthy process finishes what the dead one began; then money, seats and messages must agree. */
async function settledSale({ stage, healthy }: World, reservationId: string): Promise<string> {
  const { db, booking, bank } = stage;
  const pendingSql = `SELECT id FROM transactions WHERE reservation_id = $1 AND status = 'PENDING'`;
  await eventually(
    async () => {
      for (const { id } of await db.query<{ id: string }>(pendingSql, [reservationId])) await stage.later(id);
      await healthy.run('reconcile-payments');
      await healthy.run('cancel-unpaid-payments');
      expect(await db.query(pendingSql, [reservationId])).toEqual([]);
    },
    { withinMs: 30_000 },
  );
  const [payment] = await db.query<{ id: string; status: string }>('SELECT id, status FROM transactions WHERE reservation_id = $1', [reservationId]);
  if (payment && payment.status !== 'CANCELLED') return expectSound(db, booking, { paymentId: payment.id, reservationId }, bank);
  // Nobody has paid: it was killed before it knew that its customer wanted to.
  const paymentId = payment?.id ?? '00000000-0000-0000-0000-000000000000';
  expect({ charge: await bank.chargeOf(paymentId), messages: await messagesOf(db, paymentId) }).toEqual({ charge: undefined, messages: [] });
  expect(await booking.soldTo(reservationId)).not.toBe(paymentId);
  return payment?.status ?? 'never begun';
}
