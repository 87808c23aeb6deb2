import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventChanged, PaymentFailed, PaymentRefunded, TicketCreated } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asUser, eventually, freePort, testDatabase } from '@boxoffice/testing';
import { TRPCError } from '@trpc/server';
import { afterEach, describe, expect, it } from 'vitest';
import { header, type MailServer, startMailServer } from '../../test/mail-server.ts';
import { aSale, identityOf, type RunningService, startService, ticketingOf, ticketsOf } from '../../test/running-service.ts';
import { entities, migrations } from '../compose.ts';
import { countTickets, keepNotifications, leaseDueNotifications } from '../persistence/notifications.sql.ts';

const toStop: { stop(): Promise<void> }[] = [];
const started = async <T extends { stop(): Promise<void> }>(thing: Promise<T>): Promise<T> => {
  const running = await thing;
  toStop.push(running);
  return running;
};
afterEach(async () => {
  for (const thing of toStop.splice(0).reverse()) await thing.stop();
});
const withMailServer = async (
  others: Parameters<typeof startService>[1] = {},
  config: object = {},
): Promise<{ server: MailServer; service: RunningService }> => {
  const server = await started(startMailServer(await freePort()));
  const service = await started(startService({ SMTP_URL: server.url, MAIL_RETRY_MS: 100, ...config }, others));
  return { server, service };
};
const statuses = (service: RunningService) =>
  service.db.query<{ status: string; attempts: number; error: string | null }>(
    'select status, attempts, error from notifications order by created_at',
  );

describe('the mail with tickets', () => {
  it('goes once per payment, whatever the order of the tickets and however often they are said', async () => {
    const { server, service } = await withMailServer();
    const sale = aSale();
    const tickets = ticketsOf(sale, 3).reverse();
    const ids: string[] = [];
    for (const ticket of tickets.slice(0, 2)) ids.push(await service.say(TicketCreated, ticket));
    expect(await statuses(service)).toEqual([]); // not before the last ticket
    for (const ticket of [...tickets, ...tickets]) await service.say(TicketCreated, ticket); // new messages about the same tickets
    for (const [index, ticket] of tickets.slice(0, 2).entries()) await service.say(TicketCreated, ticket, { id: ids[index] ?? '' }); // the same messages
    await eventually(() => expect(service.said).toHaveLength(1));
    expect(server.mails).toHaveLength(1);
    expect(await statuses(service)).toEqual([{ status: 'SENT', attempts: 1, error: null }]);
    expect(service.said[0]).toEqual({
      type: 'notification-sent',
      payload: { notificationId: expect.any(String), kind: 'tickets', userId: sale.userId, channel: 'mail', causeId: sale.paymentId },
    });
  });

  it('goes as soon as the last ticket is known', async () => {
    const { server, service } = await withMailServer({}, { MAIL_EVERY_MS: 60_000 }); // no tick helps
    const [ticket] = ticketsOf(aSale(), 1);
    if (ticket) await service.say(TicketCreated, ticket);
    const said = performance.now();
    await eventually(() => expect(server.mails).toHaveLength(1));
    expect(performance.now() - said).toBeLessThan(1000);
  });

  it('goes also when the tickets of a payment are heard at the same moment', async () => {
    const { server, service } = await withMailServer();
    const payments = Array.from({ length: 10 }, () => ticketsOf(aSale(), 4));
    await Promise.all(payments.flat().map((ticket) => service.say(TicketCreated, ticket)));
    await eventually(() => expect(server.mails).toHaveLength(10));
    await eventually(() => expect(service.said).toHaveLength(10));
  });

  it('shows the event, the seats and every QR image, inline and attached', async () => {
    const { server, service } = await withMailServer();
    const sale = aSale();
    for (const ticket of ticketsOf(sale, 2)) await service.say(TicketCreated, ticket);
    const mail = await eventually(() => server.mails[0] ?? Promise.reject(new Error('no mail')));
    expect(mail.to).toEqual([`${sale.userId}@customers.example`]);
    expect(header(mail.raw, 'From')).toBe('Box Office <tickets@example.org>');
    expect(header(mail.raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(mail.subject).toContain('Your_2_tickets'); // encoded (RFC 2047): the event has an accent
    expect(mail.raw.match(/^Content-ID:/gim)).toHaveLength(2);
    expect(mail.raw.match(/^Content-Disposition: inline/gim)).toHaveLength(2);
    expect(mail.raw.match(/^Content-Disposition: attachment/gim)).toHaveLength(2);
    const decoded = mail.raw.replace(/=\r\n/g, '');
    expect(decoded).toContain('Saturday, 12 December 2026 at 20:30 (Atlantic/Canary)');
    expect(decoded).toContain('Noche de &quot;Jazz&quot; &amp;');
  });

  it('leaves cancelled tickets out, and is not sent when none is left', async () => {
    const { server, service } = await withMailServer({ ticketing: ticketingOf([{ label: 'Platea C 14', status: 'CANCELLED' }]) });
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    await eventually(async () =>
      expect(await statuses(service)).toMatchObject([{ status: 'FAILED', error: 'nothing to send: every ticket was cancelled' }]),
    );
    expect([server.mails, service.said]).toEqual([[], []]);
  });
});

describe('when something is away', () => {
  it('mails wait for the mail server and go when it is back, each once', async () => {
    const port = await freePort();
    const service = await started(startService({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_RETRY_MS: 100, MAIL_EVERY_MS: 50 }));
    const sales = Array.from({ length: 6 }, aSale);
    for (const sale of sales) for (const ticket of ticketsOf(sale, 1)) await service.say(TicketCreated, ticket);
    await eventually(async () => expect((await statuses(service)).some(({ error }) => error?.startsWith('mail server away: '))).toBe(true));
    expect((await statuses(service)).every(({ status }) => status === 'PENDING')).toBe(true);
    expect(await service.metrics()).toMatch(/^boxoffice_mail_breaker (1|0\.5)$/m);
    const server = await started(startMailServer(port));
    await eventually(() => expect(service.said).toHaveLength(6));
    expect(await service.metrics()).toMatch(/^boxoffice_mail_breaker 0$/m);
    expect(new Set(server.mails.flatMap(({ to }) => to)).size).toBe(6);
    expect(server.mails).toHaveLength(6);
    expect(await service.metrics()).toMatch(/boxoffice_mails_total\{kind="tickets",outcome="sent"\} 6/);
  });

  it('a mail that was not taken is sent again with the same Message-ID', async () => {
    const { server, service } = await withMailServer({}, { MAIL_EVERY_MS: 50 });
    server.refuseNext({ code: 451, words: 'Try later, nobody@customers.example' }, { code: 550, words: 'No such user nobody@customers.example' });
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    const mail = await eventually(() => server.mails[0] ?? Promise.reject(new Error('no mail')));
    const [row] = await service.db.query<{ id: string; attempts: number }>('select id, attempts from notifications');
    expect(mail.messageId).toBe(`<${row?.id}@example.org>`);
    expect(row?.attempts).toBe(3);
  });

  it('a sender that died before it marked the mail is followed by one that uses the same Message-ID', async () => {
    const { server, service } = await withMailServer({}, { MAIL_EVERY_MS: 50 });
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    await eventually(() => expect(service.said).toHaveLength(1));
    // What a kill -9 after the hand-over leaves behind: sent, but leased and PENDING.
    await service.db.query(`update notifications set status = 'PENDING', sent_at = null, leased_until = now() + interval '300 ms'`);
    await eventually(() => expect(server.mails).toHaveLength(2));
    expect(server.mails[1]?.messageId).toBe(server.mails[0]?.messageId);
  });

  it('is given up after the last attempt, and nothing tells an address', async () => {
    const { server, service } = await withMailServer({}, { MAIL_EVERY_MS: 50, MAIL_MAX_ATTEMPTS: 2, MAIL_RETRY_MS: 50 });
    const words = 'No such user somebody@customers.example';
    server.refuseNext({ code: 550, words }, { code: 550, words }, { code: 550, words });
    const sale = aSale();
    for (const ticket of ticketsOf(sale, 1)) await service.say(TicketCreated, ticket);
    await eventually(async () =>
      expect(await statuses(service)).toEqual([{ status: 'FAILED', attempts: 2, error: 'mail not accepted: EMESSAGE 550' }]),
    );
    const everything = JSON.stringify([
      service.log,
      await service.db.query('select to_jsonb(n) from notifications n'),
      await service.db.query('select to_jsonb(o) from outbox o'),
    ]);
    expect(everything).not.toContain('customers.example');
    expect(everything).not.toContain('BO1.');
    expect(service.log.some((line) => line.includes('mail given up'))).toBe(true);
  });

  it('mails wait for identity, and are not sent to nobody', async () => {
    let answers = 0;
    const identity = identityOf();
    const { server, service } = await withMailServer(
      {
        identity: {
          contactsOf: async (input, caller) => {
            answers += 1;
            if (answers === 1) throw new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'The identity service does not answer.' });
            if (answers === 2) return identity.contactsOf(input, caller);
            return { contacts: [] };
          },
        },
      },
      { MAIL_EVERY_MS: 50 },
    );
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    await eventually(() => expect(server.mails).toHaveLength(1));
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    await eventually(async () =>
      expect(await statuses(service)).toMatchObject([{ status: 'SENT' }, { status: 'FAILED', error: 'nothing to send: nobody to write to' }]),
    );
  });
});

describe('two senders', () => {
  it('never take the same mail', async () => {
    const db = await testDatabase({ name: 'notification-analytics', entities, migrations });
    await db.transaction(async (tx) => {
      for (let n = 0; n < 40; n += 1)
        await keepNotifications(tx, [{ kind: 'tickets', userId: newId(), eventId: newId(), paymentId: newId(), causeId: newId(), facts: {} }]);
    });
    const leased = await Promise.all(Array.from({ length: 20 }, () => leaseDueNotifications(db, { leaseMs: 60_000, most: 3 })));
    const ids = leased.flat().map(({ id }) => id);
    expect([new Set(ids).size, ids.length]).toEqual([40, 40]);
  });
});

describe('mails that are due together', () => {
  it('each have their own outcome: sent, refused by the server, nobody to write to', async () => {
    const known = identityOf();
    const strangers = new Set<string>();
    const asked: number[] = [];
    const contactsOf: typeof known.contactsOf = async (input, caller) => {
      asked.push(input.userIds.length);
      const { contacts } = await known.contactsOf(input, caller);
      return { contacts: contacts.filter(({ userId }) => !strangers.has(userId)) };
    };
    const { server, service } = await withMailServer({ identity: { contactsOf } }, { MAIL_RETRY_MS: 3_600_000 });
    server.refuseNext({ code: 550, words: 'No such user' });
    const sales = Array.from({ length: 30 }, aSale);
    for (const { userId } of sales.slice(0, 10)) strangers.add(userId);
    await service.db.transaction((tx) =>
      keepNotifications(
        tx,
        sales.map(({ userId, eventId, paymentId }) => ({ kind: 'tickets', userId, eventId, paymentId, causeId: paymentId, facts: {} })),
      ),
    );
    await eventually(() => expect(service.said).toHaveLength(19));
    await eventually(async () => expect((await statuses(service)).filter(({ attempts }) => attempts === 1)).toHaveLength(30));
    const rows = await statuses(service);
    const count = (status: string, error: string | null) => rows.filter((row) => row.status === status && row.error === error).length;
    expect([count('SENT', null), count('FAILED', 'nothing to send: nobody to write to')]).toEqual([19, 10]);
    expect(count('PENDING', 'mail not accepted: EMESSAGE 550')).toBe(1);
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(19);
    expect(asked[0]).toBe(30);
  });
});

describe('tickets of one payment that two processes hear of at the same moment', () => {
  it('are counted one process after the other, so that one of them finds them all', async () => {
    const db = await testDatabase({ name: 'notification-analytics', entities, migrations });
    const [{ paymentId }, { paymentId: another }] = [aSale(), aSale()];
    const [counted, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const earlier = db.transaction(async (tx) => {
      await countTickets(tx, [{ ticketId: newId(), paymentId }]);
      counted.resolve();
      await mayCommit.promise;
    });
    await counted.promise;
    const later = db.transaction((tx) =>
      countTickets(
        tx,
        [another, paymentId].map((id) => ({ ticketId: newId(), paymentId: id })),
      ),
    );
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
    await eventually(async () => expect(await db.query(waiting)).toHaveLength(1)).finally(mayCommit.resolve);
    await earlier;
    expect(await later).toEqual(
      new Map([
        [another, 1],
        [paymentId, 2],
      ]),
    );
  });
});

describe('a folder instead of a mail server', () => {
  it('gets each mail as a file that only its owner reads', async () => {
    const folder = path.join(await mkdtemp(path.join(tmpdir(), 'mails-')), 'new');
    const service = await started(startService({ MAIL_FOLDER: folder }));
    for (const ticket of ticketsOf(aSale(), 2)) await service.say(TicketCreated, ticket);
    await eventually(() => expect(service.said).toHaveLength(1));
    const [row] = await service.db.query<{ id: string }>('select id from notifications');
    expect(await readdir(folder)).toEqual([`${row?.id}.eml`]);
    const file = path.join(folder, `${row?.id}.eml`);
    expect([(await stat(file)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
    const raw = await readFile(file, 'utf8');
    expect(header(raw, 'Message-ID')).toBe(`<${row?.id}@example.org>`);
    expect(raw.match(/^Content-Type: image\/png/gim)).toHaveLength(4);
  });
});

describe('mails about money', () => {
  const fact = {
    name: 'Noche de Jazz',
    venue: 'Paraninfo',
    startsAt: '2026-12-12T20:30:00.000Z',
    timeZone: 'Atlantic/Canary',
    currency: 'EUR',
    status: 'PUBLISHED' as const,
    revision: 1,
  };

  it('tell of a refund and of seats that were gone, and wait for the facts of the event', async () => {
    const { server, service } = await withMailServer({}, { MAIL_EVERY_MS: 50 });
    const sale = aSale();
    await service.say(PaymentRefunded, { ...sale, refundId: newId(), amountMinor: 4250, currency: 'EUR', seatIds: [newId()] });
    await eventually(async () => expect(await statuses(service)).toMatchObject([{ status: 'PENDING', error: 'not known yet: event' }]));
    await service.say(EventChanged, { ...sale, ...fact });
    await service.say(PaymentFailed, { ...sale, paymentId: newId(), reservationId: newId(), reason: 'seats-gone', refunded: false });
    await service.say(PaymentFailed, { ...sale, paymentId: newId(), reservationId: newId(), reason: 'card-declined', refunded: false }); // the customer was told on the screen
    await eventually(() =>
      expect(server.mails.map(({ subject }) => subject).sort()).toEqual(['Refund: Noche de Jazz', 'Your seats are not booked: Noche de Jazz']),
    );
    await eventually(() =>
      expect(service.said.map(({ payload }) => (payload as { kind: string }).kind).sort()).toEqual(['payment-failed', 'payment-refunded']),
    );
  });
});

describe('my notifications', () => {
  it('are mine, newest first', async () => {
    const { service } = await withMailServer();
    const sale = aSale();
    for (const ticket of ticketsOf(sale, 1)) await service.say(TicketCreated, ticket);
    for (const ticket of ticketsOf(aSale(), 1)) await service.say(TicketCreated, ticket);
    await service.say(PaymentFailed, { ...sale, paymentId: newId(), reservationId: newId(), reason: 'late', refunded: true });
    const { notifications } = await service.api.analytics.myNotifications({ limit: 20 }, asUser({ userId: sale.userId }));
    expect(notifications.map(({ kind }) => kind)).toEqual(['payment-failed', 'tickets']);
    expect(notifications[1]).toMatchObject({ channel: 'mail', causeId: sale.paymentId });
    expect((await service.api.analytics.myNotifications({ limit: 1 }, asUser({ userId: sale.userId }))).notifications).toHaveLength(1);
    expect(await service.api.analytics.myNotifications({ limit: 20 }, asUser())).toEqual({ notifications: [] });
  });
});
