import { paraninfo, type SeatingPlanFile } from '@boxoffice/venues';
import { admissionSteps } from './admission-steps.ts';
import { doorSteps } from './door-steps.ts';
import { refusesBadEvents, refusesBadPlans } from './organiser-steps.ts';
import { declinedAndLateSteps, type Held, paySteps } from './pay-steps.ts';
import { eventInput, eventOnSale, guest, logIn, type Organiser, organiserOf, register } from './people.ts';
import { refundSteps } from './refund-steps.ts';
import { answerOf, awaited, expectEqual, type JourneyReport } from './report.ts';
import { refusesBadHolds, type Sale } from './sale-steps.ts';
import { webhookSteps } from './webhook-steps.ts';

export type JourneyOptions = {
  /** Where the gateway or standalone listens: http://127.0.0.1:8000 */
  url: string;
  /** What the installation's test provider signs its webhooks with; without it, forged and old ones are not shown. */
  webhookSecret?: string | undefined;
  /** An account that may create organisations; without it a new one is registered, which the installation must allow. */
  organiser?: { email: string; password: string };
  report: JourneyReport;
};

/**
 * The main job, end to end, through the public API alone: from a seating plan file to a ticket that is checked in, with every refusal on
 * the way. Works on any topology that allows new organisations, and cleans nothing up: its event stays as a record.
 */
export async function runJourney({ url, organiser: credentials, webhookSecret, report }: JourneyOptions): Promise<{ eventId: string }> {
  const { step } = report;
  const plan = paraninfo();
  const organiser = await step('an organiser registers and creates an organisation', () => organiserOf(url, credentials));
  const sale = await openSale(report, url, organiser, plan);
  const held = await holdSteps(report, url, sale);
  const { tickets, paymentId } = await paySteps(report, sale, held);
  await webhookSteps(report, { url, webhookSecret }, paymentId);
  await declinedAndLateSteps(report, sale);
  await doorSteps(report, url, sale, tickets);
  await refundSteps(report, sale);
  await admissionSteps(report, sale);
  await expirySteps(report, sale);
  await reportSteps(report, sale);
  return { eventId: sale.eventId };
}

async function openSale(report: JourneyReport, url: string, organiser: Organiser, plan: SeatingPlanFile): Promise<Sale> {
  const { step } = report;
  const { client } = organiser;
  const stored = await step('uploads a seating plan of 603 seats', () =>
    client.uploadSeatingPlan({ organisationId: organiser.organisationId, plan }),
  );
  expectEqual('seats of the stored plan', stored.seats, 603);
  await step('bad seating plans are refused', () => refusesBadPlans(report, organiser, plan));
  const created = await step('creates an event with a price per category', () =>
    client.booking.createEvent.mutate(eventInput(organiser, stored.seatingPlanId, plan)),
  );
  const [customer, rival] = await step('customers register, or go on as guests', () => Promise.all([register(url, 'customer'), guest(url)]));
  await step('bad events are refused', () =>
    refusesBadEvents(report, organiser, { stranger: rival.client, seatingPlanId: stored.seatingPlanId, plan }),
  );
  await report.refused('event: a draft seen by a customer', 'EVENT_NOT_FOUND', () =>
    customer.client.booking.getEvent.query({ eventId: created.eventId }),
  );
  await step('publishes it', () => client.booking.publishEvent.mutate({ eventId: created.eventId }));
  await report.refused('event: published twice', 'EVENT_NOT_DRAFT', () => client.booking.publishEvent.mutate({ eventId: created.eventId }));
  const closedEventId = await eventOnSale(organiser, plan, { onSaleFrom: new Date(Date.now() + 86_400_000) });
  const closedSeats = await client.booking.eventSeats.query({ eventId: closedEventId });
  const { seats } = await client.booking.eventSeats.query({ eventId: created.eventId });
  return {
    organiser,
    customer,
    rival,
    eventId: created.eventId,
    closedEventId,
    seatIds: seats.map((seat) => seat.seatId),
    closedSeatId: closedSeats.seats[0]?.seatId ?? '',
  };
}

async function holdSteps(report: JourneyReport, url: string, sale: Sale): Promise<Held> {
  const { step } = report;
  const { eventId, seatIds } = sale;
  const { client } = await step('the customer logs in', () => logIn(url, sale.customer));
  await report.refused('login: wrong password', 'INVALID_CREDENTIALS', () =>
    client.identity.login.mutate({ email: sale.customer.email, password: 'not the password' }),
  );
  await report.refused('register: e-mail address taken', 'EMAIL_ALREADY_REGISTERED', () =>
    client.identity.register.mutate({ ...sale.customer, name: 'Again' }),
  );
  await step('browses published events and reads the seat map', async () => {
    const { events } = await client.booking.listEvents.query({ limit: 100 });
    expectEqual(
      'the event is listed',
      events.some((event) => event.eventId === eventId),
      true,
    );
    const { map } = await client.booking.seatMap.query({ eventId });
    expectEqual('seat map', map, '0'.repeat(603));
  });
  const event = await client.booking.getEvent.query({ eventId });
  const held = await step('holds 3 named seats', () => client.booking.holdSeats.mutate({ eventId, seatIds: seatIds.slice(0, 3) }));
  expectEqual('seats held', held.seats.map((seat) => seat.seatId).sort(), seatIds.slice(0, 3).sort());
  const left = new Date(held.heldUntil).getTime() - Date.now();
  expectEqual('held for the hold time', left > event.holdTtlMs - 5_000 && left <= event.holdTtlMs + 1_000, true);
  await step('bad holds are refused', () =>
    refusesBadHolds(
      report,
      sale,
      held.seats.map((seat) => seat.seatId),
    ),
  );
  const map = (await client.booking.seatMap.query({ eventId })).map.slice(0, 4);
  expectEqual('seat map after the hold', map, '1110');
  return held;
}

/** A reservation nobody pays is free again when its time is over: at once, on demand. */
async function expirySteps({ step, refused, skipped }: JourneyReport, sale: Sale): Promise<void> {
  const seatIds = sale.seatIds.slice(12, 13);
  const lapsed = await sale.customer.client.booking.holdSeats.mutate({ eventId: sale.eventId, seatIds });
  const wait = new Date(lapsed.heldUntil).getTime() - Date.now();
  if (wait > 60_000) return skipped(`expiry: the hold time here is ${Math.round(wait / 1000)} s`);
  await step(`an unpaid reservation is free again after its time (${(wait / 1000).toFixed(1)} s)`, () =>
    awaited('the seat is free', wait + 3_000, () =>
      sale.rival.client.booking.holdSeats.mutate({ eventId: sale.eventId, seatIds }).catch((error) => {
        if (answerOf(error).code !== 'SEAT_ALREADY_HELD') throw error;
        return undefined;
      }),
    ),
  );
  await refused('payment: for an expired reservation', 'RESERVATION_EXPIRED', () =>
    sale.customer.client.payment.createPayment.mutate({ reservationId: lapsed.reservationId }),
  );
}

async function reportSteps({ step, refused }: JourneyReport, sale: Sale): Promise<void> {
  const { client } = sale.organiser;
  const { eventId } = sale;
  await step('the organiser reads the sales report', () =>
    awaited('the report', 15_000, async () => {
      const { total, byCategory, byDay } = await client.analytics.salesReport.query({ eventId });
      const sum = (rows: { sold: number }[]) => rows.reduce((sold, row) => sold + row.sold, 0);
      return total.sold === 5 && total.checkedIn === 1 && sum(byCategory) === 5 && sum(byDay) === 5 ? total : undefined;
    }),
  );
  await step('and the live inventory', async () => {
    const { total } = await client.booking.inventory.query({ eventId });
    expectEqual('inventory', [total.sold, total.blocked, total.available + total.held + total.sold + total.blocked], [5, 1, total.capacity]);
  });
  await step('and the CSV', async () => {
    const { csv } = await client.analytics.salesReportCsv.query({ eventId });
    expectEqual('CSV has a head and rows', csv.trim().split('\n').length > 1, true);
  });
  await refused("report: somebody else's event", 'EVENT_NOT_FOUND', () => sale.customer.client.analytics.salesReport.query({ eventId }));
}
