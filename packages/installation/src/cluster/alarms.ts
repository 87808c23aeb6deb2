import { atGateway } from './at-pod.ts';
import type { Cluster } from './cluster.ts';
import { holdOne, pay } from './evidence.ts';
import { allReady } from './pods.ts';
import { type Prometheus, startPrometheus, stopPrometheus } from './prometheus.ts';
import type { Step } from './runner.ts';
import { duringSale, expectAllFound, saleLine } from './sale.ts';
import { sql } from './sql.ts';

/** A minute until a message is old, a minute of that, and two looks of Prometheus. */
const outboxWithinMs = 180_000;
/** The auditor's minute of grace, two of its looks and two of Prometheus. */
const doubleSaleWithinMs = 240_000;
/** Consumers and relays come back by themselves once Kafka does. */
const overWithinMs = 180_000;

export const outboxAlarm: Step = {
  name: 'outbox-alarm',
  fact: 'Kafka is taken away during a sale: BoxOfficeOutboxOld fires within its window, is over when Kafka is back, and nothing is missing',
  after: ['watch'],
  async work(cluster) {
    const { kubectl, nameOf, say } = cluster;
    const prometheus = await startPrometheus(cluster);
    const kafka = `statefulset/${nameOf('kafka')}`;
    const { replicas } = (await kubectl.json('get', kafka)).spec;
    const result = await duringSale(cluster, 'load-alarm', async () => {
      await kubectl('scale', kafka, '--replicas=0');
      const fired = await prometheus
        .untilFiring('BoxOfficeOutboxOld', outboxWithinMs)
        .finally(() => kubectl('scale', kafka, `--replicas=${replicas}`));
      say(
        `BoxOfficeOutboxOld (${fired.alert.labels.severity}) fired ${fired.seconds} s after Kafka was scaled to 0: ${fired.alert.annotations.description}`,
      );
      await allReady(cluster);
      say(`it was over ${await prometheus.untilSilent('BoxOfficeOutboxOld', overWithinMs)} s after Kafka was ready again`);
    });
    say(saleLine(result));
    expectAllFound(result);
  },
};

export const doubleSaleAlarm: Step = {
  name: 'double-sale-alarm',
  fact: 'a seat is sold twice in the database, its last guard taken away: BoxOfficeSeatSoldTwice pages through the auditor, and is over when that is mended',
  after: ['watch'],
  async work(cluster) {
    const prometheus = await startPrometheus(cluster);
    const seatId = await sellOne(cluster);
    const guard = await sql(cluster, `SELECT indexdef FROM pg_indexes WHERE indexname = '${guardName}'`);
    await soldTwice(cluster, prometheus, seatId).finally(() => mend(cluster, seatId, guard));
    cluster.say(`it was over ${await prometheus.untilSilent('BoxOfficeSeatSoldTwice', overWithinMs)} s after the second sale was taken out`);
    await stopPrometheus(cluster);
  },
};

const guardName = 'seat_reservations_confirmed';
/** Whom no customer is. */
const intruder = '00000000-0000-4000-8000-000000000002';

const sellOne = (cluster: Cluster): Promise<string> =>
  atGateway(cluster, async (url) => {
    const { client, reservationId, seatId } = await holdOne(cluster, url);
    await pay(client, reservationId);
    return seatId;
  });

/** Within the auditor's grace: the look that comes to the first sale's messages sees both. */
async function soldTwice(cluster: Cluster, prometheus: Prometheus, seatId: string): Promise<void> {
  await sql(cluster, `DROP INDEX ${guardName}`);
  await sql(
    cluster,
    `INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id)
     SELECT gen_random_uuid(), gen_random_uuid(), event_id, seat_id, '${intruder}', status, now(), now(), now(), price_minor, gen_random_uuid()
     FROM seat_reservations WHERE seat_id = '${seatId}' AND status = 'CONFIRMED'`,
  );
  const { seconds, alert } = await prometheus.untilFiring('BoxOfficeSeatSoldTwice', doubleSaleWithinMs);
  if (alert.labels.severity !== 'critical') throw new Error(`it is ${alert.labels.severity}, and must wake somebody`);
  cluster.say(`BoxOfficeSeatSoldTwice (${alert.labels.severity}) fired ${seconds} s after the second sale: ${alert.annotations.description}`);
}

async function mend(cluster: Cluster, seatId: string, guard: string): Promise<void> {
  await sql(cluster, `DELETE FROM seat_reservations WHERE seat_id = '${seatId}' AND user_id = '${intruder}'`);
  await sql(cluster, guard.replace('INDEX', 'INDEX IF NOT EXISTS'));
}
