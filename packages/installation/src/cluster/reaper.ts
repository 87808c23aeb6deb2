import { answerOf, guest } from '@boxoffice/journey';
import { eventually } from '@boxoffice/testing';
import { atGateway } from './at-pod.ts';
import type { Cluster } from './cluster.ts';
import { holdOne, pay } from './evidence.ts';
import { firstChart, shortHoldMs, waits } from './install.ts';
import { allReady } from './pods.ts';
import { type Step, timed } from './runner.ts';
import { sql } from './sql.ts';
import { valuesArgs } from './values.ts';

/** What this step leaves to the ones after it. */
const usualHoldMs = 300_000;
/** A minute until it fires, and what its pod takes to start on a busy node. */
const firesWithinMs = 150_000;

export const reaper: Step = {
  name: 'reaper',
  fact: 'the reaper fires and releases what has expired; suspended, expired seats are sold again all the same',
  after: ['install'],
  async work(cluster) {
    const { kubectl, say, nameOf } = cluster;
    await firesAndReleases(cluster);
    await kubectl('patch', 'cronjob', nameOf('reaper'), '--patch', '{"spec":{"suspend":true}}');
    await sellsWithoutIt(cluster);
    await kubectl('patch', 'cronjob', nameOf('reaper'), '--patch', '{"spec":{"suspend":false}}');
    const longer = valuesArgs({ booking: { env: { HOLD_TTL_MS: usualHoldMs } } });
    const [, took] = await timed(() => cluster.helm('upgrade', cluster.release, firstChart, '--reuse-values', ...waits, ...longer));
    await allReady(cluster);
    say(`holds last ${usualHoldMs / 1_000} s from here on: helm upgrade --wait ${took}`);
  },
};

async function firesAndReleases(cluster: Cluster): Promise<void> {
  const { reservationId, heldUntil } = await heldOne(cluster);
  const [, took] = await timed(() =>
    eventually(async () => expectStatus(cluster, reservationId, 'RELEASED'), { withinMs: heldUntil.getTime() - Date.now() + firesWithinMs }),
  );
  const log = await eventually(() => lastRun(cluster), { withinMs: 30_000 });
  cluster.say(`a hold of ${shortHoldMs / 1_000} s was RELEASED in the database ${took} after it began; the last run says: ${log}`);
}

/** What the newest ended run printed: it released some. */
async function lastRun({ kubectl }: Cluster): Promise<string> {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/component=reaper');
  const newest = pods.filter(({ status }) => status.phase === 'Succeeded').sort((a, b) => (a.status.startTime < b.status.startTime ? 1 : -1))[0];
  if (!newest) throw new Error('no run of the reaper has ended');
  const log = (await kubectl('logs', newest.metadata.name)).trim();
  if (!/^released [1-9]\d* expired seats$/m.test(log)) throw new Error(`the reaper's last run says: ${log}`);
  return log;
}

async function sellsWithoutIt(cluster: Cluster): Promise<void> {
  const first = await heldOne(cluster);
  await eventually(() => expectTimeOver(first.heldUntil), { withinMs: shortHoldMs + 10_000 });
  await expectStatus(cluster, first.reservationId, 'HELD'); // nobody has written it down
  const second = await atGateway(cluster, async (url) => {
    const { client } = await guest(url);
    const { eventId, seatId } = first;
    const refused = (error: unknown) => {
      throw new Error(`the expired seat was refused: ${answerOf(error).code}`);
    };
    const { reservationId } = await client.booking.holdSeats.mutate({ eventId, seatIds: [seatId] }).catch(refused);
    await pay(client, reservationId);
    return reservationId;
  });
  await expectStatus(cluster, second, 'CONFIRMED');
  cluster.say('suspended: an expired seat, still HELD in the database, was held and paid by the next customer');
}

function expectTimeOver(heldUntil: Date): void {
  if (Date.now() < heldUntil.getTime() + 1_000) throw new Error('the hold lasts');
}

const heldOne = (cluster: Cluster) => atGateway(cluster, (url) => holdOne(cluster, url));

/** As the database has it: the API reads an expired hold as released, whoever has written that down. */
async function expectStatus(cluster: Cluster, reservationId: string, wanted: string): Promise<void> {
  const status = await sql(cluster, `SELECT DISTINCT status FROM seat_reservations WHERE reservation_id = '${reservationId}'`);
  if (status !== wanted) throw new Error(`the reservation is ${status || 'not there'}, not ${wanted}`);
}
