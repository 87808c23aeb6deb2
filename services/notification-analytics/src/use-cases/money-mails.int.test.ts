import { CancellationSettled, EventChanged, PaymentAwaited, PaymentConfirmed, PaymentFailed, PaymentRefunded } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { eventually, freePort } from '@boxoffice/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import { aSale, type RunningService, type Sale, startService } from '../../test/running-service.ts';

let server: MailServer;
let service: RunningService;
let sale: Sale;
beforeAll(async () => {
  server = await startMailServer(await freePort());
  service = await startService({ SMTP_URL: server.url });
});
afterAll(async () => {
  await service.stop();
  await server.stop();
});
beforeEach(async () => {
  sale = aSale();
  const times = { startsAt: '2026-12-12T20:30:00.000Z', timeZone: 'Atlantic/Canary' };
  await service.say(EventChanged, { ...sale, ...times, name: 'Noche', venue: 'Paraninfo', currency: 'EUR', status: 'PUBLISHED', revision: 1 });
});

/** The mails to this sale's customer, when there are that many, as plain text. */
const mails = (count: number) =>
  eventually(() => {
    const mine = server.mails.filter(({ to }) => to.includes(`${sale.userId}@customers.example`));
    expect(mine).toHaveLength(count);
    return mine.map(({ raw }) =>
      raw.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
  });
const kinds = async () =>
  (await service.db.query<{ kind: string }>('select kind from notifications where user_id = $1', [sale.userId])).map(({ kind }) => kind);
const aRefund = (changes: object = {}) => ({ ...sale, refundId: newId(), amountMinor: 4000, currency: 'EUR', seatIds: [] as string[], ...changes });

it('how to pay by hand is told once per payment', async () => {
  const awaited = { ...sale, reservationId: newId(), amountMinor: 4250, currency: 'EUR', method: 'bank-transfer', reference: 'BO-7K3M' };
  for (let turn = 0; turn < 2; turn += 1)
    await service.say(PaymentAwaited, { ...awaited, payUntil: '2026-12-01T10:00:00.000Z', instructions: 'IBAN ES00 1234' });
  const [mail] = await mails(1);
  expect(mail).toContain('Name the reference BO-7K3M');
  expect(mail).toContain('IBAN ES00 1234');
  expect(mail).toContain('Tuesday, 1 December 2026 at 10:00 (Atlantic/Canary)');
});

it('a refund names the seats as they were sold, and fees that are not refunded', async () => {
  const seats = ['Platea C 14', 'Platea C 15', 'Platea C 16'].map((label) => ({ seatId: newId(), label, category: 'Platea', priceMinor: 2000 }));
  await service.say(PaymentConfirmed, { ...sale, reservationId: newId(), amountMinor: 6300, feeMinor: 300, currency: 'EUR', seats });
  await service.say(PaymentRefunded, aRefund({ seatIds: seats.slice(0, 2).map(({ seatId }) => seatId) }));
  const [mail] = await mails(1);
  expect(mail).toContain('was refunded for Platea C 14 and Platea C 15.');
  expect(mail).toMatch(/The service fee of .*2\.00 is not refunded\./);
});

it('a cancelled event brings each customer one mail, whatever was refunded and ended in between and however often it is said', async () => {
  const cancellationId = newId();
  for (let order = 0; order < 3; order += 1)
    await service.say(PaymentRefunded, { ...aRefund({ cancellationId }), paymentId: newId(), seatIds: [newId()] });
  const unpaid = { ...sale, paymentId: newId(), reservationId: newId(), reason: 'event-cancelled', refunded: false };
  await service.say(PaymentFailed, { ...unpaid, cancellationId });
  const settled = { ...sale, cancellationId, amountMinor: 12_000, currency: 'EUR', failedMinor: 500, unpaidOrders: 1 };
  for (let turn = 0; turn < 2; turn += 1) await service.say(CancellationSettled, settled);
  const [mail] = await mails(1);
  expect(mail).toContain('120.00 was sent back to you.');
  expect(mail).toContain('5.00 could not be paid back yet.');
  expect(await kinds()).toEqual(['cancellation-settled']);
  await service.say(CancellationSettled, { ...settled, userId: newId() }); // another customer of the same cancellation
  await eventually(async () =>
    expect(
      await service.db.query(`select 1 from notifications where kind = 'cancellation-settled' and event_id = $1 and status = 'SENT'`, [sale.eventId]),
    ).toHaveLength(2),
  );
});

it('an order that ended unpaid on its own is told by itself', async () => {
  for (const reason of ['not-paid', 'event-cancelled'])
    await service.say(PaymentFailed, { ...sale, paymentId: newId(), reservationId: newId(), reason, refunded: false });
  for (const mail of await mails(2)) expect(mail).toContain('Please do not pay any more');
});

it('who has paid seats of the cancelled event, too, is told of an order that ended unpaid with the rest; when those seats were refunded before, at once', async () => {
  const seats = [{ seatId: newId(), label: 'A 1', category: 'A', priceMinor: 2000 }];
  await service.say(PaymentConfirmed, { ...sale, reservationId: newId(), amountMinor: 2000, currency: 'EUR', seats });
  const unpaid = () => ({ ...sale, paymentId: newId(), reservationId: newId(), reason: 'event-cancelled', refunded: false });
  await service.say(PaymentFailed, unpaid());
  expect(await kinds()).toEqual([]);
  await service.say(PaymentRefunded, aRefund({ seatIds: seats.map(({ seatId }) => seatId) }));
  await service.say(PaymentFailed, unpaid());
  expect((await kinds()).sort()).toEqual(['payment-failed', 'payment-refunded']);
});

it('good will takes no seat out of anything and says that the tickets stay valid', async () => {
  await service.say(PaymentRefunded, aRefund({ kind: 'amount', amountMinor: 500 }));
  const [mail] = await mails(1);
  expect(mail).toContain('Your tickets stay valid');
});
