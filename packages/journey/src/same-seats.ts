import { arena } from '@boxoffice/venues';
import { eventOnSale, guest, type Organiser } from './people.ts';
import { answerOf } from './report.ts';

export type SameSeatsResult = { winners: number; answers: Record<string, number>; ms: number; limits: string; soldTwice: number };

/**
 * The specification's load test: `customers` hold the same ten seats at once, one seat each, ten customers a seat.
 * Sessions are made before the clock starts. Every seat must have exactly one winner.
 */
export async function holdTheSameSeats(
  url: string,
  organiser: Organiser,
  options: { customers?: number; beforeHolds?: () => Promise<void> } = {},
): Promise<SameSeatsResult> {
  const eventId = await eventOnSale(organiser, arena(2_000));
  const { seats } = await organiser.client.booking.eventSeats.query({ eventId });
  const wanted = seats.slice(0, 10).map((seat) => seat.seatId);
  const people = await Promise.all(Array.from({ length: options.customers ?? 100 }, () => guest(url)));
  await options.beforeHolds?.();
  const limits =
    (await fetch(`${url}/trpc/booking.getEvent?input=${encodeURIComponent(JSON.stringify({ eventId }))}`)).headers.get('ratelimit-policy') ?? 'none';

  const began = performance.now();
  const outcomes = await Promise.all(
    people.map(({ client }, index) =>
      client.booking.holdSeats.mutate({ eventId, seatIds: [wanted[index % wanted.length] ?? ''] }).then(
        (reservation) => ({ code: 'HELD', seatId: reservation.seats[0]?.seatId }),
        (error) => ({ code: answerOf(error).code, seatId: undefined }),
      ),
    ),
  );
  const ms = Math.round(performance.now() - began);
  const answers: Record<string, number> = {};
  for (const { code } of outcomes) answers[code] = (answers[code] ?? 0) + 1;
  const won = outcomes.flatMap(({ seatId }) => (seatId ? [seatId] : []));
  return { winners: won.length, answers, ms, limits, soldTwice: won.length - new Set(won).size };
}
