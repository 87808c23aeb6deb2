import { seatIds } from './booking.ts';
import { takeTheRest, visit } from './customers.ts';
import { allBut, type Guard } from './guards.ts';
import { brokenAtRest, brokenNow } from './invariants.ts';
import { Stage } from './stage.ts';
import { bugIn, calm, World } from './world.ts';

/** How a run ended. `violations` is empty when every promise held. */
export type Outcome = { seed: number; violations: string[]; trace: readonly string[]; steps: number; stage: Stage };

const stormTurns = 220;
const users = ['ann', 'bob', 'cyd', 'dan'];
/** Time passes in small pieces, in one that outlasts a lease, and in one that outlasts a hold. */
const passings = [500, 3_000, 6_000, 25_000, 61_000, 310_000, 310_000, 620_000];
const quietRounds = 45;
const quietRoundMs = 61_000;

/** One history from one seed: a storm, then quiet, then the reckoning. Stops at the first broken promise. */
export async function simulate(seed: number, off?: Guard): Promise<Outcome> {
  const world = new World(seed);
  const stage = new Stage(world, allBut(off));
  let steps = 0;
  const step = async (): Promise<boolean> => {
    const happened = await world.step();
    if (!happened) return false;
    steps += 1;
    world.complaints.push(...brokenNow(stage));
    return true;
  };
  const end = () => ({ seed, violations: [...world.complaints], trace: world.trace, steps, stage });
  for (let turn = 0; turn < stormTurns && world.complaints.length === 0; turn++) await storming(stage, step);
  world.weather = calm;
  await calming(stage, step);
  if (world.complaints.length > 0) return end();
  world.complaints.push(...brokenAtRest(stage));
  if (stage.booking.house.event === 'PUBLISHED') start(stage, 'one last customer', () => takeTheRest(stage, stage.customers));
  while (world.complaints.length === 0 && (await step()));
  return end();
}

type Step = () => Promise<boolean>;

/** One turn of the storm: mostly a step of somebody, sometimes a visitor, a job, time, or a fault. */
async function storming(stage: Stage, step: Step): Promise<void> {
  const { world, booking } = stage;
  const { chance } = world;
  const roll = chance.next();
  if (roll < 0.02) return chance.oneOf(faults)(stage);
  if (roll < 0.07) return pass(stage, chance.oneOf(passings));
  if (roll < 0.19) return chance.oneOf(stage.jobs())();
  if (roll < 0.2) return stage.bookings.start('organiser', (me) => booking.changeEvent(me, chance.is(0.04)));
  if (roll < 0.21) return stage.bookings.start('staff', (me) => booking.block(me, chance.is(0.6) ? chance.oneOf(seatIds) : undefined));
  if (roll < 0.24) return visitBy(stage, chance.oneOf(users));
  if (!(await step())) visitBy(stage, chance.oneOf(users));
}

const visitBy = (stage: Stage, user: string) => start(stage, `${user} comes`, () => visit(stage, stage.customers, user));

const faults: ((stage: Stage) => void)[] = [
  ({ world, mortals }) => world.chance.oneOf(mortals).crash(),
  ({ world, mortals }) => world.chance.oneOf(mortals).crash(),
  ({ redis }) => redis.flush(),
  ({ world, consumers: { reports } }) => reports.rewind(world.chance.oneOf(reports.topics)),
  ({ consumers: { ticketing } }) => ticketing.rewind('payment-confirmed'),
];

/** The faults are over: jobs run, time passes, until nothing waits and everything is said and heard. */
async function calming(stage: Stage, step: Step): Promise<void> {
  const { world, booking } = stage;
  stage.bookings.start('staff', (me) => booking.block(me, undefined));
  for (let round = 0; round < quietRounds && world.complaints.length === 0; round++) {
    for (const job of stage.jobs()) job();
    while (world.complaints.length === 0 && (await step()));
    if (isAtRest(stage)) return pass(stage, 15 * quietRoundMs); // beyond every hold
    pass(stage, quietRoundMs);
  }
}

function isAtRest({ world, payment, outboxes, consumers }: Stage): boolean {
  const isDecided = [...payment.rows.values()].every((row) => row.status !== 'PENDING');
  const isSent = [...outboxes.booking.rows, ...outboxes.payment.rows].every((row) => row.isSent);
  const isHeard = Object.values(consumers).every((consumer) => consumer.topics.every((topic) => consumer.lag(topic) === 0));
  return world.isStill && isDecided && isSent && isHeard;
}

function pass({ world }: Stage, ms: number): void {
  world.now += ms;
  world.note(`${ms / 1000} s pass`);
}

function start({ world, customers }: Stage, label: string, work: () => Promise<unknown>): void {
  customers
    .step(label)
    .then(work)
    .catch((error: unknown) => world.complaints.push(...bugIn(label, error)));
}
