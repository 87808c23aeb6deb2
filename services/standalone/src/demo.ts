/** `npm run demo -- buy | tickets | check-in | mark-paid | seed`: the commands that `npm start` prints, on the running demo. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type BoxOfficeClient, createBoxOfficeClient } from '@boxoffice/client';
import { moneyIn, type PaymentMethod } from '@boxoffice/contracts';
import { loadConfig } from '@boxoffice/service-kit';
import { accountsOf } from './banner.ts';
import { Config } from './config.ts';
import { demoElsewhere, keptDemo } from './demo-elsewhere.ts';
import type { Credentials, Demo } from './demo-seed.ts';

const usage = `npm run demo -- COMMAND
  buy [--seats N] [--card NUMBER]   holds the first N free seats (1), pays with a test card (4242424242424242)
  buy --method bank-transfer        the same by a transfer (or at-door): the seats wait for the money
  mark-paid REFERENCE               as the organiser: the money of that payment is there
  tickets                           lists the demo customer's tickets and saves their QR images
  check-in [TICKET]                 checks a ticket in at the door: the newest that is not used, or the one named
  seed --url URL                    makes the demo in an installation that runs elsewhere (ORGANISATION_CREATION=anyone); DATA_FOLDER keeps its passwords`;
const money = (amountMinor: number, currency: string) => moneyIn(currency)(amountMinor);

async function loggedIn(demo: Demo, credentials: Credentials): Promise<BoxOfficeClient> {
  const client = createBoxOfficeClient({ url: demo.url });
  client.setSession(await client.identity.login.mutate(credentials));
  return client;
}

type Wish = { count: number; card: string; method: PaymentMethod | undefined };

async function buy(demo: Demo, { count, card, method }: Wish): Promise<void> {
  const customer = await loggedIn(demo, demo.customer);
  const [{ map }, { seats }] = await Promise.all([
    customer.booking.seatMap.query({ eventId: demo.eventId }),
    customer.booking.eventSeats.query({ eventId: demo.eventId }),
  ]);
  const free = seats.filter((_, index) => map[index] === '0').slice(0, count);
  if (free.length < count) throw new Error(`Only ${free.length} seats are free.`);
  const held = await customer.booking.holdSeats.mutate({ eventId: demo.eventId, seatIds: free.map((seat) => seat.seatId) });
  console.log(`Held ${held.seats.map((seat) => seat.label).join(', ')} until ${held.heldUntil}`);
  const { paymentId } = await customer.payment.createPayment.mutate({ reservationId: held.reservationId, method });
  const payment = await customer.payment.confirmPayment.mutate(method && method !== 'online' ? { paymentId } : { paymentId, card });
  console.log(`Payment ${payment.status}: ${money(payment.amountMinor, payment.currency)} (${paymentId})`);
  if (payment.reference)
    return console.log(`Pay until ${payment.payUntil}, reference ${payment.reference}; then: npm run demo -- mark-paid ${payment.reference}`);
  await printTickets(customer, paymentId, count);
}

/** Waits until this many tickets of the payment are made. */
async function printTickets(customer: BoxOfficeClient, paymentId: string, count: number): Promise<void> {
  let left = count;
  for await (const ticket of customer.liveTickets({ lastEventId: '0', signal: AbortSignal.timeout(30_000) }))
    if (ticket.paymentId === paymentId) {
      console.log(`Ticket ${ticket.ticketId}  ${ticket.label}`);
      if (--left === 0) return;
    }
}

async function markPaid(demo: Demo, reference: string | undefined): Promise<void> {
  if (reference === undefined) return console.log('Whose money? npm run demo -- mark-paid REFERENCE');
  const organiser = await loggedIn(demo, demo.organiser);
  const payment = await organiser.payment.markPaid.mutate({ reference, reason: 'seen by the demo organiser' });
  console.log(`Payment ${payment.status}: ${money(payment.amountMinor, payment.currency)} (${payment.paymentId})`);
}

async function tickets(demo: Demo, folder: string): Promise<void> {
  const customer = await loggedIn(demo, demo.customer);
  const mine = await customer.ticketing.myTickets.query({});
  if (mine.tickets.length === 0) return console.log('No tickets yet: npm run demo -- buy');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const ticket of mine.tickets) {
    const file = path.join(folder, `${ticket.ticketId}.png`);
    await writeFile(file, await customer.ticketQrImage(ticket.ticketId), { mode: 0o600 });
    console.log(`${ticket.status.padEnd(9)} ${ticket.label.padEnd(24)} ${path.relative(process.cwd(), file)}`);
  }
}

async function checkIn(demo: Demo, wanted: string | undefined): Promise<void> {
  const customer = await loggedIn(demo, demo.customer);
  const mine = await customer.ticketing.myTickets.query({});
  const ticket = wanted ? mine.tickets.find(({ ticketId }) => ticketId === wanted) : mine.tickets.find(({ status }) => status === 'ACTIVE');
  if (!ticket) return console.log(wanted ? `The demo customer has no ticket ${wanted}.` : 'No ticket to check in: npm run demo -- buy');
  const door = await loggedIn(demo, demo.door);
  const welcome = await door.ticketing.checkIn.mutate({ eventId: demo.eventId, qr: ticket.qr, gate: 'Main door' });
  console.log(`Welcome: ${welcome.label}, ${welcome.gate}, ${welcome.checkedInAt}`);
}

function methodOf(text: string | undefined): PaymentMethod | undefined {
  if (text === undefined || text === 'online' || text === 'bank-transfer' || text === 'at-door') return text;
  throw new Error(`There is no payment method ${text}: online, bank-transfer or at-door.`);
}

async function main(): Promise<void> {
  const folder = path.resolve(loadConfig(Config).DATA_FOLDER);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seats: { type: 'string', default: '1' },
      card: { type: 'string', default: '4242424242424242' },
      method: { type: 'string' },
      url: { type: 'string', default: 'http://127.0.0.1:8000' },
    },
  });
  const [command, argument] = positionals;
  const file = path.join(folder, 'demo.json');
  if (command === 'seed') return console.log(accountsOf(await demoElsewhere(values.url, file)).join('\n'));
  const demo = await keptDemo(file);
  if (demo === undefined) throw new Error('There is no demo yet: run npm start in another terminal first.');
  if (command === 'buy') return buy(demo, { count: Number(values.seats), card: values.card, method: methodOf(values.method) });
  if (command === 'mark-paid') return markPaid(demo, argument);
  if (command === 'tickets') return tickets(demo, path.join(folder, 'qr'));
  if (command === 'check-in') return checkIn(demo, argument);
  console.error(usage);
  process.exitCode = 2;
}

await main().catch((error: Error) => {
  console.error(/fetch failed/.test(error.message) ? 'Box Office does not answer: run npm start in another terminal first.' : error.message);
  process.exitCode = 1;
});
