import { awaited, expectEqual, type JourneyReport } from './report.ts';
import { refusesBadPayments, type Sale } from './sale-steps.ts';

export type Held = Awaited<ReturnType<Sale['customer']['client']['booking']['holdSeats']['mutate']>>;

/** Pays for a held reservation and receives what was paid for: tickets by stream and by query, the QR image, one mail. */
export async function paySteps(report: JourneyReport, sale: Sale, held: Held) {
  const { step } = report;
  const { client } = sale.customer;
  const live = liveTicketsOf(sale, held.seats.length);
  live.catch(() => {}); // told when it is awaited
  const once = { context: { idempotencyKey: `journey-${crypto.randomUUID()}` } };
  const create = (reservationId: string) => client.payment.createPayment.mutate({ reservationId }, once);
  const payment = await step('creates a payment; the server computes the amount', () => create(held.reservationId));
  await report.refused('payment: same idempotency key, another reservation', 'IDEMPOTENCY_KEY_REUSED', () => create(crypto.randomUUID()));
  expectEqual(
    'amount',
    payment.amountMinor,
    held.seats.reduce((sum, seat) => sum + seat.priceMinor, 0),
  );
  await step('bad payments are refused', () => refusesBadPayments(report, sale, held.reservationId, payment.paymentId));
  const paid = await step('pays with an approved test card', () =>
    client.payment.confirmPayment.mutate({ paymentId: payment.paymentId, card: '4242424242424242' }),
  );
  expectEqual('payment', paid.status, 'CONFIRMED');
  const { map } = await client.booking.seatMap.query({ eventId: sale.eventId });
  expectEqual('seats are sold', map.slice(0, 3), '222');
  await report.refused('hold: sold seat', 'SEAT_SOLD', () =>
    sale.rival.client.booking.holdSeats.mutate({ eventId: sale.eventId, seatIds: held.seats.slice(0, 1).map((seat) => seat.seatId) }),
  );
  await report.refused('payment: paid twice', 'RESERVATION_NOT_HELD', () =>
    client.payment.createPayment.mutate({ reservationId: held.reservationId }),
  );
  return receiveSteps(report, sale, { paymentId: payment.paymentId, live });
}

type Paid = { paymentId: string; live: ReturnType<typeof liveTicketsOf> };

async function receiveSteps(report: JourneyReport, sale: Sale, { paymentId, live }: Paid) {
  const { step } = report;
  const { client } = sale.customer;
  const tickets = await step('receives one ticket per seat over the live stream', () => live);
  const polled = await client.ticketing.myTickets.query({ paymentId });
  expectEqual('polled tickets', polled.tickets.map((ticket) => ticket.ticketId).sort(), tickets.map((ticket) => ticket.ticketId).sort());
  await step('downloads the QR image', async () => {
    const png = await client.ticketQrImage(tickets[0]?.ticketId ?? '');
    expectEqual('PNG signature', Buffer.from(png.subarray(0, 4)).toString('latin1'), '\x89PNG');
  });
  await step('downloads receipt and tickets as PDF, and the event for the calendar', async () => {
    // Payment hears of the event by a message of its own.
    const pdf = await awaited('the PDF', 20_000, () => client.orderPdf(paymentId).catch(() => undefined));
    expectEqual('PDF signature', Buffer.from(pdf.subarray(0, 5)).toString('latin1'), '%PDF-');
    expectEqual('calendar entry', /^BEGIN:VCALENDAR[\s\S]*DTSTART:\d{8}T\d{6}Z/.test(await client.orderCalendar(paymentId)), true);
  });
  await report.refused("order: somebody else's papers", 'PAYMENT_NOT_FOUND', () => sale.rival.client.orderPdf(paymentId));
  await report.refused("ticket: somebody else's", 'TICKET_NOT_FOUND', () =>
    sale.rival.client.ticketing.getTicket.query({ ticketId: tickets[0]?.ticketId ?? '' }),
  );
  await step('gets one mail with the tickets', () =>
    awaited('the mail', 20_000, async () => {
      const { notifications } = await client.analytics.myNotifications.query({});
      expectEqual('one mail per payment', notifications.length <= 1, true);
      return notifications.find(({ kind, status, causeId }) => kind === 'tickets' && status === 'SENT' && causeId === paymentId);
    }),
  );
  return { tickets: polled.tickets, paymentId };
}

async function liveTicketsOf(sale: Sale, count: number) {
  const left = AbortSignal.timeout(30_000);
  const tickets = [];
  for await (const ticket of sale.customer.client.liveTickets({ lastEventId: '0', signal: left })) if (tickets.push(ticket) === count) return tickets;
  throw new Error(`the stream ended after ${tickets.length} of ${count} tickets`);
}

/** Cards that decline, decide late, or lose their answer: the seats end up free or sold, never in between. */
export async function declinedAndLateSteps({ step, refused }: JourneyReport, sale: Sale): Promise<void> {
  const buy = async (seat: number, card: string) => {
    const { client } = sale.rival;
    const held = await client.booking.holdSeats.mutate({ eventId: sale.eventId, seatIds: [sale.seatIds[seat] ?? ''] });
    const { paymentId } = await client.payment.createPayment.mutate({ reservationId: held.reservationId });
    return { paymentId, confirmed: () => client.payment.confirmPayment.mutate({ paymentId, card }) };
  };
  const settled = (paymentId: string) =>
    awaited('the decision', 30_000, async () => {
      const payment = await sale.rival.client.payment.getPayment.query({ paymentId });
      return payment.status === 'PENDING' ? undefined : payment.status;
    });
  await step('a declined card frees the seat at once', async () => {
    const { confirmed } = await buy(4, '4000000000000002');
    await refused('payment: declined card', 'PAYMENT_DECLINED', confirmed);
    expectEqual('seat map', (await sale.rival.client.booking.seatMap.query({ eventId: sale.eventId })).map[4], '0');
  });
  for (const [what, seat, card] of [
    ['approved late', 5, '4000000000003220'],
    ['approved, but the answer is lost', 6, '4000000000000341'],
  ] as const)
    await step(`a payment that is ${what} ends as a sale`, async () => {
      const { paymentId, confirmed } = await buy(seat, card);
      expectEqual('not decided yet', (await confirmed()).status, 'PENDING');
      expectEqual('decided', await settled(paymentId), 'CONFIRMED');
    });
}
