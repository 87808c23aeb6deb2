import { freePort } from '@boxoffice/testing/ports';
import type { OwnProcess } from '@boxoffice/testing/process';
import { limitOf, type Seen, watched } from '../limits.ts';
import type { LoadRequest, LoadResult } from '../loader/index.ts';
import { type Finding, perSecond } from '../report.ts';
import { eyesOf, type Scenario, type Stage } from '../stage.ts';
import { median, spread } from '../statistics.ts';
import { seedSeats } from './cost-seats.ts';

const small = 1_000;
const large = 1_000_000;
const cycles = 1_000_000;
/**
 * Seats of the large database that are asked for, by chance from all of it. So many are touched before the first measurement ends its warm-up: what is
 * compared is the size of the database, not the first write of a page after a checkpoint (which Postgres writes whole).
 */
const asked = 10_000;

/**
 * Whether a hold costs more when there are many seats, or has been much going on. Two booking processes, each over a database of its own, whose holds
 * last 1 ms: each hold takes its seat over from the one before and closes its history, so one request is one cycle of hold and release.
 */
export const cost: Scenario = {
  name: 'cost',
  about: 'cost of a hold: 1,000 seats and 1,000,000 seats in turn, and again after 1,000,000 cycles of hold and release',
  async run(stage) {
    stage.say(`making ${large} seats`);
    const [few, many] = [await bookingOver(stage, small), await bookingOver(stage, large)];
    try {
      const fresh = await inTurn(stage, { few, many });
      const before = many.held;
      stage.say(`cost: ${Math.round(fresh.few.figure)}/s of ${small} seats, ${Math.round(fresh.many.figure)}/s of ${large}; now ${cycles} cycles`);
      await many.cycle(cycles - before);
      const used = await inTurn(stage, { few, many });
      await Promise.all([few.check(), many.check()]);
      return findings({ fresh, used, cycles: many.held });
    } finally {
      await Promise.all([few.process.kill(), many.process.kill()]);
    }
  },
};

type Rounds = { figure: number; spread: number; seen: Seen };
type Both<T> = { few: T; many: T };

function findings({ fresh, used, cycles: done }: { fresh: Both<Rounds>; used: Both<Rounds>; cycles: number }): Finding[] {
  const costs = (measure: string, rounds: Rounds, beside: Rounds, what: string): Finding => {
    const ratio = beside.figure / rounds.figure; // cost is the inverse of speed
    return {
      measure,
      product: perSecond(rounds.figure, rounds.spread),
      beside: `${what} ${perSecond(beside.figure, beside.spread)}`,
      ratio,
      judged: { figure: ratio, target: { must: 1.5, goal: 1.1, better: 'less' } },
      limit: limitOf(rounds.seen),
    };
  };
  return [
    costs('cost per hold, 1M seats ÷ 1k seats', fresh.many, fresh.few, '1k seats'),
    costs(`cost per hold after ${done.toLocaleString('en')} cycles ÷ before`, used.many, fresh.many, 'before'),
    costs('cost per hold, 1M seats after the cycles ÷ 1k seats', used.many, used.few, '1k seats'),
  ];
}

/** Small and large in turn, so that a noisy moment hits both. */
async function inTurn({ rounds, seconds }: Stage, { few, many }: Both<Office>): Promise<Both<Rounds>> {
  const taken: Both<{ figures: number[]; seen?: Seen }> = { few: { figures: [] }, many: { figures: [] } };
  for (let round = 0; round < rounds; round++)
    for (const [name, office] of [
      ['few', few],
      ['many', many],
    ] as const) {
      const { ok, seconds: took, seen } = await office.hold({ seconds, warmUp: round === 0 ? 1.5 : 0.5 });
      taken[name].figures.push(ok / took);
      taken[name].seen = seen;
    }
  const told = ({ figures, seen = { cpu: {}, statements: { busy: 0, shares: [] } } }: { figures: number[]; seen?: Seen }): Rounds => ({
    figure: median(figures),
    spread: spread(figures),
    seen,
  });
  return { few: told(taken.few), many: told(taken.many) };
}

type Load = LoadResult & { seen: Seen };
/** Seats of one hold while cycles are made; with 20 a statement has 1,280 seats, and its joins cost more than the requests that are saved. */
const grouped = 4;

/** A booking process over a database with so many seats. */
interface Office {
  process: OwnProcess;
  /** Holds answered with 2xx so far. */
  readonly held: number;
  hold(how: { seconds: number; warmUp?: number }): Promise<Load>;
  /** So many seats are taken over, in groups: the same statements, fewer requests. */
  cycle(seats: number): Promise<Load>;
  /** Throws unless every hold has its row and no seat has two living ones. */
  check(): Promise<void>;
}

async function bookingOver({ world }: Stage, seats: number): Promise<Office> {
  const name = `bench_cost_${seats}`;
  await world.postgres.createDatabase(name);
  const env = { DATABASE_URL: world.postgres.url(name), HOLD_TTL_MS: '1', PORT: String(await freePort()) };
  await world.system.run('booking', 'migrate', env);
  const stock = await seedSeats(env.DATABASE_URL, seats);
  const tokens = await world.customers.tokens(2_000);
  const wanted = stock.seats.length <= asked ? stock.seats : stock.some(asked);
  const process = await world.system.replica('booking', env);
  let held = 0;
  const load = async (size: number, how: { seconds: number; warmUp: number; upTo?: number }) => {
    const spec = { port: Number(env.PORT), connections: 128, load: { kind: 'closed' as const }, again: true, requests: walk(tokens, wanted, size) };
    const { pids, adminUrl } = eyesOf(world);
    const eyes = { adminUrl, pids: { ...pids, [`booking (${seats} seats)`]: process.pid } };
    const result = await watched(eyes, () => world.loader.run({ ...spec, ...how }));
    held += result.okInAll * size;
    const others = Object.keys(result.answers).filter((answer) => answer !== '200');
    if (others.length > 0) throw new Error(`holds of ${seats} seats: ${JSON.stringify(result.answers)}`);
    return result;
  };
  return {
    process,
    get held() {
      return held;
    },
    hold: ({ seconds, warmUp = 0 }) => load(1, { seconds, warmUp }),
    cycle: (count) => load(grouped, { seconds: 400, warmUp: 0, upTo: Math.ceil(count / grouped) }),
    check: () => stock.check(held),
  };
}

/** Holds of so many seats each, of one event; customers in turn. */
function walk(tokens: readonly string[], seats: readonly { id: string; eventId: string }[], size: number): LoadRequest[] {
  const holds = [...Map.groupBy(seats, ({ eventId }) => eventId)].flatMap(([eventId, some]) =>
    Array.from({ length: Math.floor(some.length / size) }, (_, at) => ({
      eventId,
      seatIds: some.slice(at * size, (at + 1) * size).map(({ id }) => id),
    })),
  );
  return holds.map((hold, at) => ({ path: '/trpc/booking.holdSeats', body: JSON.stringify(hold), token: tokens[at % tokens.length] ?? '' }));
}
