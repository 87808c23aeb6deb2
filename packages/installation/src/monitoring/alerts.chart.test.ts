import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { preparePrometheus } from '@boxoffice/testing/prometheus';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { rulesFolder, textsIn } from './chart-files.ts';

const run = promisify(execFile);
const { promtool } = await preparePrometheus();
const ruleFiles = [...(await textsIn(rulesFolder, '.yaml')).keys()].map((name) => path.join(rulesFolder, name));

type Story = {
  /** Series without their installation, each with promtool's values, one a minute: '0x5' is six zeros. */
  series: Record<string, string>;
  /** Minute → alerts that fire then, of those named in the story. */
  fires: Record<string, string[]>;
};

/** Runs a story over all rules; throws with what promtool says when another alert of the story fires, or none. */
async function told(alerts: readonly string[], { series, fires }: Story): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-alerts-'));
  const input_series = Object.entries(series).map(([name, values]) => ({
    series: name.includes('{') ? name.replace('{', '{installation="boxoffice",') : `${name}{installation="boxoffice"}`,
    values,
  }));
  const promql_expr_test = Object.entries(fires).flatMap(([minute, firing]) =>
    alerts.map((alertname) => ({
      expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"})`,
      eval_time: `${minute}m`,
      exp_samples: firing.includes(alertname) ? [{ labels: '{}', value: 1 }] : [],
    })),
  );
  const file = path.join(folder, 'story.yaml');
  await writeFile(file, stringify({ rule_files: ruleFiles, evaluation_interval: '1m', tests: [{ interval: '1m', input_series, promql_expr_test }] }));
  await run(promtool, ['test', 'rules', file])
    .catch(({ stdout, stderr }) => expect.fail(`${stdout}${stderr}`))
    .finally(() => rm(folder, { recursive: true }));
}

test('a seat that is sold twice is told at once, and no longer once it is mended', () =>
  told(['BoxOfficeSeatSoldTwice'], {
    series: { boxoffice_audit_double_sold_seats: '0x5 1x4 0x10' },
    fires: { 5: [], 6: ['BoxOfficeSeatSoldTwice'], 12: [] },
  }));

test('messages that do not leave are told after a minute of being too old; a short wait is not', () =>
  told(['BoxOfficeOutboxOld'], {
    series: { 'boxoffice_outbox_oldest_age_seconds{database="payment"}': '0x3 61 0x5 61 120 180 240' },
    fires: { 5: [], 11: [], 12: ['BoxOfficeOutboxOld'], 14: ['BoxOfficeOutboxOld'] },
  }));

test('who paid and cannot enter is told after two minutes', () =>
  told(['BoxOfficePaidWithoutTicket'], {
    series: { boxoffice_audit_paid_without_ticket: '0 1x10' },
    fires: { 2: [], 3: ['BoxOfficePaidWithoutTicket'] },
  }));

test('an auditor that does not look, or is not there, is told', async () => {
  const alerts = ['BoxOfficeAuditorBlind'];
  await told(alerts, { series: { boxoffice_audit_last_success_timestamp_seconds: '0x30' }, fires: { 12: [], 16: alerts } });
  await told(alerts, { series: { boxoffice_audit_last_success_timestamp_seconds: '0+60x30' }, fires: { 25: [] } });
  await told(alerts, { series: { 'up{component="gateway"}': '1x10' }, fires: { 4: [], 6: alerts } });
});

test('a replica that does not answer is told after five minutes, not while it restarts', () =>
  told(['BoxOfficeTargetDown'], {
    series: { 'up{component="booking",pod="a"}': '1x5 0x2 1x5 0x10', 'up{component="booking",pod="b"}': '1x30' },
    fires: { 8: [], 13: [], 19: [], 20: ['BoxOfficeTargetDown'] },
  }));

test('nobody reaping is told when the oldest is 15 minutes old, 5 minutes long', () =>
  told(['BoxOfficeReaperBehind'], {
    series: { boxoffice_reservations_expired_unreaped_oldest_seconds: '0+60x40' },
    fires: { 15: [], 20: [], 21: ['BoxOfficeReaperBehind'] },
  }));

test('a consumer that deals with nothing of what waits is told; one that is slow is not', async () => {
  const lag = 'boxoffice_consumer_lag_messages{group="ticketing",topic="payment-confirmed",partition="0"}';
  const done = 'boxoffice_messages_total{group="ticketing",topic="payment-confirmed",outcome="applied"}';
  await told(['BoxOfficeConsumerStuck'], { series: { [lag]: '0x2 50x30', [done]: '10x30' }, fires: { 8: [], 14: ['BoxOfficeConsumerStuck'] } });
  await told(['BoxOfficeConsumerStuck'], { series: { [lag]: '0x2 50x30', [done]: '0+5x30' }, fires: { 8: [], 20: [] } });
});

test('errors that burn the budget of a month in two days are told within minutes; one in ten thousand is not, and neither is one of a handful', async () => {
  const requests = (status: string, values: string) => ({
    [`boxoffice_http_request_seconds_count{component="gateway",route="/trpc",status="${status}"}`]: values,
  });
  const alerts = ['BoxOfficeGatewayErrorBudgetBurn'];
  await told(alerts, { series: { ...requests('200', '0+1000x90'), ...requests('500', '0+50x90') }, fires: { 10: alerts } });
  await told(alerts, { series: { ...requests('200', '0+10000x90'), ...requests('500', '0+1x90') }, fires: { 10: [], 80: [] } });
  await told(alerts, { series: { ...requests('200', '0+1x90'), ...requests('500', '0+1x5') }, fires: { 10: [] } });
});
