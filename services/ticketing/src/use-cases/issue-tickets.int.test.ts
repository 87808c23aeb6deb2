import { createRequire } from 'node:module';
import { EventChanged, PaymentConfirmed, PaymentRefunded, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser, eventually } from '@boxoffice/testing';
import { create } from 'qrcode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, eventOf, refundOf, type Sale, type Stage, secrets, startStage } from '../../test/stage.ts';
import { ticketSigner } from '../crypto/ticket-signer.ts';
import { issueTickets } from './issue-tickets.ts';

// The PNG reader that comes with qrcode: other code than what wrote the image. It has no types of its own.
const resolved = createRequire(createRequire(import.meta.url).resolve('qrcode'));
const { PNG } = resolved('pngjs') as { PNG: { sync: { read(file: Buffer): { width: number; height: number; data: Buffer } } } };

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const mine = async ({ userId, paymentId }: Sale) => (await stage.api.myTickets({ paymentId, limit: 100 }, asUser({ userId }))).tickets;
const saidOf = async <T extends { paymentId: string }>(said: Promise<T[]>, sale: Sale) =>
  (await said).filter(({ paymentId }) => paymentId === sale.paymentId);
const created = (sale: Sale) => saidOf(stage.said(TicketCreated), sale);
const cancelled = (sale: Sale) => saidOf(stage.said(TicketCancelled), sale);
const seatIds = (of: { seatId: string }[]) => of.map(({ seatId }) => seatId).sort();

const issuing = () => issueTickets({ signer: ticketSigner(stage.db, Buffer.from(secrets.TICKET_KEY_SECRET, 'base64')) });
const factsOf = (sales: readonly Sale[]) => sales.map((sale) => ({ fact: PaymentConfirmed.payload.parse(sale) }));

describe('payments heard of together', () => {
  it('each have their own tickets: one told of twice once, one refunded before and one of a cancelled event cancelled at birth', async () => {
    const [plain, partly, off] = [aSale({ seats: 8 }), aSale({ seats: 2 }), aSale({ seats: 2 })];
    const back = seatIds(partly.seats).slice(0, 1);
    await stage.say(PaymentRefunded, refundOf(partly, back));
    await stage.say(EventChanged, eventOf(off, { status: 'CANCELLED' }));
    await stage.db.transaction((tx) => issuing()(tx, factsOf([plain, partly, plain, off])));
    for (const sale of [plain, partly, off]) {
      const tickets = await mine(sale);
      expect(seatIds(tickets)).toEqual(seatIds(sale.seats));
      for (const ticket of tickets) expect(ticket).toMatchObject({ eventId: sale.eventId, paymentId: sale.paymentId });
      expect(seatIds(await created(sale))).toEqual(seatIds(sale.seats));
    }
    expect(await cancelled(plain)).toEqual([]);
    expect(seatIds(await cancelled(partly))).toEqual(back);
    expect(await cancelled(off)).toMatchObject([{ reason: 'event-cancelled' }, { reason: 'event-cancelled' }]);
  });

  it('by several processes in different orders wait for each other, and never without end', async () => {
    const sales = Array.from({ length: 24 }, () => aSale({ seats: 1 }));
    const shuffled = (n: number) => sales.map((_, index) => sales[(index * 5 + n * 7) % sales.length] ?? aSale());
    const batches = Array.from({ length: 8 }, (_, n) => (n % 2 ? shuffled(n).reverse() : shuffled(n)));
    await Promise.all(batches.map((batch) => stage.db.transaction((tx) => issuing()(tx, factsOf(batch)))));
    for (const sale of sales) expect(await created(sale)).toHaveLength(1);
  });
});

describe('a confirmed payment', () => {
  it('becomes one ticket per seat, each told once', async () => {
    const sale = aSale({ seats: 3 });
    await stage.say(PaymentConfirmed, sale);
    const tickets = await mine(sale);
    expect(seatIds(tickets)).toEqual(seatIds(sale.seats));
    for (const ticket of tickets)
      expect(ticket).toMatchObject({ status: 'ACTIVE', category: 'Patio', usedAt: null, gate: null, eventId: sale.eventId });
    const told = await created(sale);
    expect(told.map(({ ticketId }) => ticketId).sort()).toEqual(tickets.map(({ ticketId }) => ticketId).sort());
    for (const fact of told) expect(fact).toMatchObject({ ofTickets: 3, organisationId: sale.organisationId, userId: sale.userId });
  });

  it('delivered twice, side by side and by another envelope, changes nothing', async () => {
    const sale = aSale({ seats: 4 });
    const id = newId();
    await Promise.all([stage.say(PaymentConfirmed, sale, id), stage.say(PaymentConfirmed, sale, id)]);
    const before = await mine(sale);
    await stage.say(PaymentConfirmed, sale, id);
    await Promise.all([stage.say(PaymentConfirmed, sale), stage.say(PaymentConfirmed, sale)]);
    expect(await mine(sale)).toEqual(before);
    expect(before).toHaveLength(4);
    expect(await created(sale)).toHaveLength(4);
    expect(await stage.parked()).toEqual([]);
  });

  it('waits for an earlier one of the same customer, so that positions of one customer commit in order', async () => {
    const issue = issuing();
    const [first, second] = [aSale(), aSale()];
    const sameCustomer = { ...second, userId: first.userId };
    const [written, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const earlier = stage.db.transaction(async (tx) => {
      await issue(tx, factsOf([first]));
      written.resolve();
      await mayCommit.promise;
    });
    await written.promise;
    await stage.db.transaction((tx) => issue(tx, factsOf([aSale()]))); // another customer waits for nobody
    const later = stage.db.transaction((tx) => issue(tx, factsOf([sameCustomer])));
    const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await eventually(async () => expect(await stage.db.query(waiting)).toHaveLength(1)).finally(mayCommit.resolve);
    await Promise.all([earlier, later]);
    expect((await mine(sameCustomer)).length + (await mine(first)).length).toBe(4);
  });

  it('shows its code in the image: every module of the PNG is the one of the code', async () => {
    const sale = aSale({ seats: 1 });
    await stage.say(PaymentConfirmed, sale);
    const { tickets } = await stage.api.ticketsOf({ paymentId: sale.paymentId }, asServiceCaller('notification-analytics'));
    const [ticket] = tickets;
    if (!ticket) throw new Error('no ticket');
    const image = PNG.sync.read(Buffer.from(ticket.qrPngBase64, 'base64'));
    const { size, data } = create([{ data: Buffer.from(ticket.qr), mode: 'byte' }], { errorCorrectionLevel: 'M', maskPattern: 1 }).modules;
    expect([image.width, image.height]).toEqual([(size + 8) * 4, (size + 8) * 4]);
    const seen = Array.from({ length: size * size }, (_, n) =>
      image.data[(((4 + Math.floor(n / size)) * 4 + 2) * image.width + (4 + (n % size)) * 4 + 2) * 4] === 0 ? 1 : 0,
    );
    expect(seen).toEqual([...data]);
  });
});

describe('a refund', () => {
  it('cancels the tickets of its seats and leaves the others', async () => {
    const sale = aSale({ seats: 3 });
    await stage.say(PaymentConfirmed, sale);
    const back = seatIds(sale.seats).slice(0, 2);
    await stage.say(PaymentRefunded, refundOf(sale, back));
    const tickets = await mine(sale);
    expect(seatIds(tickets.filter(({ status }) => status === 'CANCELLED'))).toEqual(back);
    const told = await cancelled(sale);
    expect(seatIds(told)).toEqual(back);
    expect(told[0]).toMatchObject({ reason: 'refunded' });
  });

  it('that arrives before its payment is remembered: the ticket is born cancelled', async () => {
    const sale = aSale({ seats: 2 });
    const back = seatIds(sale.seats).slice(0, 1);
    await stage.say(PaymentRefunded, refundOf(sale, back));
    await stage.say(PaymentConfirmed, sale);
    expect(seatIds((await mine(sale)).filter(({ status }) => status === 'CANCELLED'))).toEqual(back);
    expect(seatIds(await cancelled(sale))).toEqual(back);
    expect(await created(sale)).toHaveLength(2);
  });

  it('side by side with its payment never leaves a live ticket', async () => {
    const sales = Array.from({ length: 30 }, () => aSale({ seats: 1 }));
    await Promise.all(sales.flatMap((sale) => [stage.say(PaymentConfirmed, sale), stage.say(PaymentRefunded, refundOf(sale))]));
    for (const sale of sales) {
      expect((await mine(sale)).map(({ status }) => status)).toEqual(['CANCELLED']);
      expect(await cancelled(sale)).toHaveLength(1);
    }
  });
});

describe('an event that is called off', () => {
  it('side by side with a payment never leaves a live ticket, whether or not the event was known', async () => {
    const sales = Array.from({ length: 30 }, () => aSale({ seats: 1 }));
    for (const sale of sales.slice(15)) await stage.say(EventChanged, eventOf(sale));
    await Promise.all(
      sales.flatMap((sale) => [stage.say(PaymentConfirmed, sale), stage.say(EventChanged, eventOf(sale, { revision: 2, status: 'CANCELLED' }))]),
    );
    for (const sale of sales) expect((await mine(sale)).map(({ status }) => status)).toEqual(['CANCELLED']);
  });
});

describe('a seat with a live ticket of another payment', () => {
  const conflict = 'has a live ticket of another payment';
  const resale = async () => {
    const sale = aSale({ seats: 2 });
    const again = aSale({ ...sale, paymentId: newId(), userId: newId(), seats: sale.seats });
    await stage.say(PaymentConfirmed, sale);
    await stage.say(PaymentConfirmed, again);
    return { sale, again };
  };

  it('is not overwritten: the message is set aside, and works once the refund has arrived', async () => {
    const { sale, again } = await resale();
    expect((await mine(sale)).map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await mine(again)).toEqual([]);
    expect((await stage.parked()).join()).toContain(conflict);
    await stage.say(PaymentRefunded, refundOf(sale));
    await eventually(async () => expect((await mine(again)).map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']), { withinMs: 20_000 });
    await eventually(async () => expect(await stage.parked()).toEqual([]));
  });

  it('is kept so by the index: without it the seat would have two', async () => {
    await stage.db.query('DROP INDEX tickets_one_live_per_seat');
    try {
      const { again } = await resale();
      expect(await mine(again)).toHaveLength(2);
      await stage.db.query('DELETE FROM tickets WHERE payment_id = $1', [again.paymentId]);
    } finally {
      await stage.db.query(
        `CREATE UNIQUE INDEX tickets_one_live_per_seat ON tickets (event_id, seat_id) WHERE status <> 'CANCELLED' AND refunded_at IS NULL`,
      );
    }
  });
});

describe('one ticket per paid seat', () => {
  it('hangs on its constraint: without it no ticket is issued at all, rather than two', async () => {
    const other = await startStage();
    try {
      await other.db.query('ALTER TABLE tickets DROP CONSTRAINT tickets_once_per_paid_seat');
      const sale = aSale();
      await other.say(PaymentConfirmed, sale);
      expect((await other.parked()).join()).toContain('ON CONFLICT');
      expect(await other.said(TicketCreated)).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});
