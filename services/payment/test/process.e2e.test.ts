import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type PaymentService, paymentRouter } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { connect, type Database, withSession } from '@boxoffice/postgres';
import {
  createCallerReader,
  createLogger,
  createMetrics,
  generateServiceKeys,
  grpcServer,
  loadServiceIdentity,
  remote,
  type Worker,
} from '@boxoffice/service-kit';
import { answers, eventually, freePort, type OwnProcess, postgresServer, startProcess } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bookingPeer } from './booking-peer.ts';
import { expectSound } from './books.ts';
import { type IdentityPeer, identityPeer } from './identity-peer.ts';
import { cards, refusalOf } from './stage.ts';

const database = `payment_process_${process.pid}`;
const script = 'services/payment/src/main.ts';
const booking = bookingPeer();
let folder: string;
let identity: IdentityPeer;
let grpc: Worker;
let db: Database;
let env: Record<string, string>;
let url: string;
let running: OwnProcess;
let payment: PaymentService;

async function start(): Promise<void> {
  running = startProcess({ name: 'payment', script, env });
  await answers(`${url}/readyz`, running);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'boxoffice-payment-'));
  await generateServiceKeys(folder);
  const trustFile = path.join(folder, 'trust.json');
  const { trusted } = await loadServiceIdentity({ name: 'booking', keyFile: path.join(folder, 'booking.key.json'), trustFile });
  identity = await identityPeer();
  const grpcPort = await freePort();
  const port = await freePort();
  const edges = { logger: createLogger({ service: 'booking', level: 'silent' }), metrics: createMetrics('booking') };
  const callers = createCallerReader({ audience: 'booking', jwks: async () => ({ keys: [] }), trusted });
  grpc = grpcServer({ service: SeatAllocationService, implementation: booking.implementation, port: grpcPort, host: '127.0.0.1', callers, ...edges });
  await grpc.start();
  await withSession(postgresServer().adminUrl, (admin) => admin.query(`CREATE DATABASE ${database}`));
  env = {
    DATABASE_URL: postgresServer().url(database),
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(await freePort()),
    IDENTITY_URL: identity.url,
    BOOKING_GRPC: `127.0.0.1:${grpcPort}`,
    SERVICE_KEY_FILE: path.join(folder, 'payment.key.json'),
    SERVICE_TRUST_FILE: trustFile,
    KAFKA_BROKERS: '127.0.0.1:1', // nobody there: a payment does not wait for Kafka
    RECONCILE_EVERY_MS: '200',
    DRIVER_LEASE_MS: '1500',
    PROVIDER_DEADLINE_MS: '500',
    PROVIDER_ABSENT_AFTER_MS: '1000',
    TEST_PROVIDER_LATE_MS: '500',
  };
  url = `http://127.0.0.1:${port}`;
  payment = remote<PaymentService>('payment', paymentRouter, url);
  db = await connect({ url: env.DATABASE_URL ?? '', entities: [], migrations: [] });
});
afterAll(async () => {
  await running.kill();
  await db.close();
  await grpc.stop();
  await identity.close();
  await withSession(postgresServer().adminUrl, (admin) => admin.query(`DROP DATABASE ${database} WITH (FORCE)`));
  await rm(folder, { recursive: true });
});

it('migrates, serves, sells over gRPC while Kafka is away, and stops with code 0', async () => {
  const migrate = startProcess({ name: 'payment migrate', script, args: ['migrate'], env });
  expect([await migrate.exited, migrate.lines.join('\n')]).toEqual([0, expect.stringContaining('0001-payments')]);
  await start();
  const me = identity.customer();
  const reservationId = await booking.hold(me.actor.userId);
  const { paymentId } = await payment.createPayment({ reservationId }, me);
  expect(await payment.confirmPayment({ paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED', amountMinor: 3000 });
  expect(await expectSound(db, booking, { paymentId, reservationId })).toBe('CONFIRMED');
  expect(await refusalOf(payment.getPayment({ paymentId }, identity.customer()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  console.log(`payment: ${Math.round((await running.rss()) / 2 ** 20)} MB resident`);
  expect(await running.stop()).toBe(0);
  expect(running.lines.join('\n')).not.toContain(cards.approved);
});

it('killed again and again in the middle of payments: each ends as sold seats or as money back', async () => {
  await start();
  const kinds = Object.values(cards).filter((card) => card !== cards.challenged); // nobody is there to answer
  let left = 10;
  const sales: { paymentId: string; reservationId: string }[] = [];
  const shop = async (lane: number) => {
    for (let i = lane; left > 0; i++) {
      const me = identity.customer();
      const reservationId = await booking.hold(me.actor.userId);
      const created = await payment.createPayment({ reservationId }, me).catch(() => undefined);
      if (!created) {
        await delay(20);
        continue;
      }
      const { paymentId } = created;
      if (i % 5 === 0) await booking.takeOver(reservationId);
      sales.push({ paymentId, reservationId });
      const card = kinds[i % kinds.length] ?? cards.approved;
      await payment.confirmPayment({ paymentId, card }, me).catch(() => undefined);
    }
  };
  const lanes = [0, 1, 2, 3].map(shop);
  for (; left > 0; left--) {
    await delay(150 + 37 * left);
    await running.kill();
    await start();
  }
  await Promise.all(lanes);
  const undecided = `SELECT id FROM transactions WHERE status = 'PENDING' AND step <> 'CREATED'`;
  await eventually(async () => expect(await db.query(undecided)).toEqual([]), { withinMs: 60_000 });
  const unpaid = new Set((await db.query<{ id: string }>(`SELECT id FROM transactions WHERE step = 'CREATED'`)).map(({ id }) => id)); // its confirm never arrived
  const ends: Record<string, number> = {};
  for (const sale of sales.filter(({ paymentId }) => !unpaid.has(paymentId))) {
    const end = await expectSound(db, booking, sale);
    ends[end] = (ends[end] ?? 0) + 1;
  }
  const taken = await db.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM (SELECT payment_id, count(DISTINCT key) FROM payment_steps GROUP BY payment_id, step HAVING count(*) > 1) s',
  );
  console.log(
    `10 kills, ${sales.length} payments: ${JSON.stringify(ends)}, ${unpaid.size} never confirmed, ${taken[0]?.n} steps were asked more than once`,
  );
  expect(ends.CONFIRMED).toBeGreaterThan(0);
  expect(ends.FAILED).toBeGreaterThan(0);
});
