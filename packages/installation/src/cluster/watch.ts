import { eventually } from '@boxoffice/testing';
import { panelsOf, readDashboards } from '../monitoring/dashboards.ts';
import { answerLine, answerOf, type PanelAnswer } from '../monitoring/panel-answers.ts';
import { readRuleFiles, recordsOf } from '../monitoring/rules.ts';
import { startClient } from './clients.ts';
import type { Cluster } from './cluster.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { type Step, timed } from './runner.ts';
import { duringSale, saleLine } from './sale.ts';

/** A scrape every 15 s, and rates want two. */
const recordedWithinMs = 180_000;
/** Panels of what a good day does not bring on, or not in every minute. Any other that shows nothing after a sale and a journey asks for what is not there. */
const quiet = [
  ...['Alerts firing', 'Server errors by route', 'Failures', 'Batches refused', 'Consumers rebuilt', 'Failed runs'],
  ...['Overdue by step', 'Time until an answer to a refund, p99', 'Orders dealt with'],
];

export const watch: Step = {
  name: 'watch',
  fact: 'a Prometheus scrapes every process, evaluates every rule and answers every panel of the dashboards; nothing is wrong, so no alert fires',
  after: ['install'],
  async work(cluster) {
    const prometheus = await startPrometheus(cluster);
    const result = await duringSale(cluster, 'load-watch', async () => {
      await expectAllUp(cluster, prometheus);
      await expectRecorded(cluster, prometheus);
      await takeJourney(cluster);
      await showDashboards(cluster, prometheus);
    });
    cluster.say(saleLine(result));
    const firing = (await prometheus.firing()).map(({ labels }) => `${labels.alertname} of ${labels.component ?? labels.database ?? 'all'}`);
    if (firing.length > 0) throw new Error(`nothing is wrong, and these fire: ${firing.join(', ')}`);
  },
};

/** Refusals, refunds, check-ins: what a sale alone does not bring on. */
async function takeJourney(cluster: Cluster): Promise<void> {
  const client = await startClient(cluster, 'journey-watch', ['journey', '--url', cluster.url]);
  await client.end(300_000);
}

async function expectAllUp(cluster: Cluster, { query, targets, installation }: Prometheus): Promise<void> {
  const up = async () => {
    const samples = await query(`up{installation="${installation}"}`);
    const down = samples.filter(({ value: [, value] }) => value !== '1').map(({ metric }) => metric.pod);
    if (down.length > 0 || samples.length !== targets) throw new Error(`${samples.length} of ${targets} targets, down: ${down.join(', ') || 'none'}`);
  };
  const [, took] = await timed(() => eventually(up, { withinMs: 60_000 }));
  cluster.say(`${targets} targets, up == 1 of each ${took} after Prometheus was ready`);
}

async function expectRecorded(cluster: Cluster, { query, installation }: Prometheus): Promise<void> {
  const records = recordsOf(await readRuleFiles()).map(({ record }) => record);
  const recorded = async () => {
    const answers = await Promise.all(records.map((record) => query(`${record}{installation="${installation}"}`)));
    const empty = records.filter((_, at) => answers[at]?.length === 0);
    if (empty.length > 0) throw new Error(`nothing is recorded as ${empty.join(', ')}`);
  };
  const [, took] = await timed(() => eventually(recorded, { withinMs: recordedWithinMs }));
  cluster.say(`${records.length} recording rules have values ${took} later`);
}

/** Asks every panel and tells what it shows; throws an Error that names those which should show something, and do not. */
async function showDashboards(cluster: Cluster, { query, installation }: Prometheus): Promise<void> {
  const empty: string[] = [];
  for (const [name, dashboard] of await readDashboards()) {
    const answers: PanelAnswer[] = [];
    for (const panel of panelsOf(dashboard)) answers.push(await answerOf(panel, installation, query));
    for (const answer of answers) cluster.say(`  ${name} | ${answer.title} | ${answerLine(answer)}`);
    const sum = (count: 'queries' | 'answered') => answers.reduce((total, answer) => total + answer[count], 0);
    cluster.say(`${name}: ${answers.length} panels, ${sum('queries')} queries, ${sum('answered')} of them with values`);
    empty.push(...answers.filter(({ title, answered }) => answered === 0 && !quiet.includes(title)).map(({ title }) => `${name}: ${title}`));
  }
  if (empty.length > 0) throw new Error(`after a sale and a journey these panels show nothing: ${empty.join(', ')}`);
}
