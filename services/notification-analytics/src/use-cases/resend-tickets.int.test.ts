import { PaymentConfirmed, TicketCreated } from '@boxoffice/contracts';
import { query } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { asMember, asUser, eventually, freePort } from '@boxoffice/testing';
import { afterEach, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import { aSale, type RunningService, type Sale, startService, ticketingOf, ticketsOf } from '../../test/running-service.ts';

const toStop: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of toStop.splice(0).reverse()) await thing.stop();
});
const started = async (ticketing = ticketingOf()): Promise<{ service: RunningService; server: MailServer }> => {
  const server = await startMailServer(await freePort());
  toStop.push(server);
  const service = await startService({ SMTP_URL: server.url }, { ticketing });
  toStop.push(service);
  return { service, server };
};
const paid = async (service: RunningService, tickets = 2): Promise<Sale> => {
  const sale = aSale();
  const seats = [{ seatId: newId(), label: 'Platea C 14', category: 'Platea', priceMinor: 1000 }];
  await service.say(PaymentConfirmed, { ...sale, reservationId: newId(), amountMinor: 1000, currency: 'EUR', seats });
  for (const ticket of ticketsOf(sale, tickets)) await service.say(TicketCreated, ticket);
  return sale;
};
const resend = (service: RunningService, { paymentId }: Sale, who: Parameters<RunningService['api']['analytics']['resendTickets']>[1]) =>
  service.api.analytics.resendTickets({ paymentId }, who);
/** How many who ask for tickets wait for a lock. */
const waiting = async ({ db }: RunningService) =>
  (
    await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~* 'insert into notifications|from orders where payment_id = .* for update'`,
    )
  ).length;
const actsOf = (service: RunningService) => service.db.query(`select envelope::json -> 'payload' as payload from outbox where topic = 'staff-acted'`);

it('sends the tickets again to the customer who paid, whoever asks; staff who ask are in the audit log', async () => {
  const { service, server } = await started();
  const sale = await paid(service);
  await eventually(() => expect(server.mails).toHaveLength(1));
  await resend(service, sale, asUser({ userId: sale.userId }));
  expect(await actsOf(service)).toEqual([]);
  const clerk = asMember({ organisationId: sale.organisationId, role: 'box-office' });
  const { notificationId } = await resend(service, sale, clerk);
  await eventually(() => expect(server.mails).toHaveLength(3));
  expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(3);
  expect(new Set(server.mails.flatMap(({ to }) => to))).toEqual(new Set([`${sale.userId}@customers.example`]));
  await eventually(() =>
    expect(service.said.some(({ payload }) => (payload as { notificationId: string }).notificationId === notificationId)).toBe(true),
  );
  const { organisationId, eventId, paymentId } = sale;
  const acted = { organisationId, eventId, userId: clerk.actor.userId, action: 'analytics.resendTickets', subject: paymentId, reason: null };
  expect(await actsOf(service)).toEqual([{ payload: { ...acted, detail: null, at: expect.any(String) } }]);
});

it('sends at most three an hour, however many ask at once, and says how long to wait', async () => {
  const { service, server } = await started();
  const sale = await paid(service);
  const other = await paid(service);
  const asking = service.db.transaction(async (tx) => {
    await query(tx, 'lock table notifications in share mode'); // all of them may count, none may write yet
    const asked = Array.from({ length: 8 }, () => resend(service, sale, asUser({ userId: sale.userId })));
    await eventually(async () => expect(await waiting(service)).toBeGreaterThan(3));
    return { answers: Promise.allSettled(asked) };
  });
  const answers = await (await asking).answers;
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  const refusal = { refusal: { code: 'RATE_LIMITED', details: { retryAfterSeconds: expect.any(Number) } } };
  for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject(refusal);
  await resend(service, other, asUser({ userId: other.userId })); // another payment has its own three
  await eventually(() => expect(server.mails).toHaveLength(6));
  await service.db.query(`update notifications set created_at = created_at - interval '59 minutes' where cause_id <> payment_id`);
  const wait = await resend(service, sale, asUser({ userId: sale.userId })).catch((error: unknown) => error);
  expect((wait as { refusal: { details: { retryAfterSeconds: number } } }).refusal.details.retryAfterSeconds).toBeLessThanOrEqual(60);
  await service.db.query(`update notifications set created_at = created_at - interval '2 minutes' where cause_id <> payment_id`);
  await resend(service, sale, asUser({ userId: sale.userId }));
  await eventually(() => expect(server.mails).toHaveLength(7));
});

it('tells strangers nothing, and staff without the role so', async () => {
  const { service } = await started();
  const sale = await paid(service);
  const { organisationId } = sale;
  const strangers = [asUser(), asUser({ guest: true }), asMember({ organisationId: newId(), role: 'owner' })];
  for (const stranger of strangers) await expect(resend(service, sale, stranger)).rejects.toMatchObject({ refusal: { code: 'PAYMENT_NOT_FOUND' } });
  await expect(resend(service, aSale(), asMember({ organisationId, role: 'owner' }))).rejects.toMatchObject({
    refusal: { code: 'PAYMENT_NOT_FOUND' },
  });
  await expect(resend(service, sale, asMember({ organisationId, role: 'door' }))).rejects.toMatchObject({
    refusal: { code: 'ROLE_REQUIRED', details: { role: 'box-office' } },
  });
  expect(await service.db.query('select 1 from notifications where cause_id <> payment_id')).toEqual([]);
});

it.each([
  ['are not made yet', []],
  ['were all cancelled', [{ label: 'Platea C 14', status: 'CANCELLED' as const }]],
])('refuses while the tickets %s', async (_, tickets) => {
  const { service } = await started(ticketingOf(tickets));
  const sale = await paid(service, 0);
  await expect(resend(service, sale, asUser({ userId: sale.userId }))).rejects.toMatchObject({ refusal: { code: 'TICKETS_NOT_READY' } });
  expect(await service.db.query('select 1 from notifications')).toEqual([]);
});
