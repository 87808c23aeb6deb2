import type { SeatingPlanFile } from '@boxoffice/venues';
import { eventOnSale } from './people.ts';
import { awaited, expectEqual, type JourneyReport } from './report.ts';
import type { Sale } from './sale-steps.ts';

const yard: SeatingPlanFile = {
  name: 'Courtyard',
  size: { width: 100, height: 100 },
  categories: [{ name: 'Standing' }],
  zones: [],
  admissionAreas: [{ name: 'Yard', category: 'Standing', capacity: 5 }],
};

/** Places of an area without seats: held by number of people, paid and ticketed like seats, each with its admission number. */
export async function admissionSteps(report: JourneyReport, { organiser, rival }: Sale): Promise<void> {
  const { step, refused } = report;
  const { client } = rival;
  const eventId = await step('an event with standing places goes on sale', () => eventOnSale(organiser, yard));
  const hold = (quantity: number, area = 'Yard') => client.booking.holdAdmission.mutate({ eventId, area, quantity });
  await refused('admission: no place at all', 'BAD_REQUEST', () => hold(0));
  await refused('admission: unknown area', 'ADMISSION_AREA_UNKNOWN', () => hold(1, 'Moat'));
  const held = await step('a customer holds 2 of its 5 places', () => hold(2));
  await refused('admission: more places than are left', 'ADMISSION_SOLD_OUT', () => hold(4));
  await refused('hold: a standing place by its id', 'SEAT_UNKNOWN', () =>
    client.booking.holdSeats.mutate({ eventId, seatIds: held.seats.map((seat) => seat.seatId) }),
  );
  const tickets = await step('pays, and receives tickets with admission numbers', async () => {
    const { paymentId } = await client.payment.createPayment.mutate({ reservationId: held.reservationId });
    await client.payment.confirmPayment.mutate({ paymentId, card: '4242424242424242' });
    return awaited('the tickets', 15_000, async () => {
      const { tickets } = await client.ticketing.myTickets.query({ paymentId });
      return tickets.length === 2 ? tickets : undefined;
    });
  });
  const labels = ['Yard 1', 'Yard 2'];
  expectEqual('labels', tickets.map((ticket) => ticket.label).sort(), labels);
  expectEqual('labels in the codes', tickets.map(({ qr }) => labelIn(qr)).sort(), labels);
  const { map, areas } = await client.booking.seatMap.query({ eventId });
  expectEqual('seat map', [map, areas], ['', [{ area: 'Yard', free: 3, held: 0, sold: 2, blocked: 0 }]]);
}

/** The label a door reads from a ticket's code without asking anybody. */
function labelIn(qr: string): unknown {
  const payload: unknown = JSON.parse(Buffer.from(qr.split('.')[1] ?? '', 'base64url').toString());
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, 's') : undefined;
}
