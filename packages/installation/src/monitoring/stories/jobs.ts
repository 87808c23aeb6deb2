import type { Story } from './story.ts';

const lastSuccess = (job: string) => `boxoffice_job_last_success_timestamp_seconds{component="payment",job_name="${job}"}`;
const failed = 'boxoffice_job_runs_total{component="payment",job_name="settle-refunds",outcome="failed"}';

export const jobStories: Story[] = [
  {
    title: 'a job that fails at every run is told after five minutes of it',
    ...{ alert: 'BoxOfficeJobFailing', severity: 'warning', labels: { component: 'payment', job_name: 'settle-refunds' } },
    series: { [failed]: '0+1x30' },
    says: { 9: 'settle-refunds of payment (boxoffice) failed 9 times in 15 minutes.' },
    silent: [4, 8],
  },
  {
    title: 'a job that fails once is not told',
    ...{ alert: 'BoxOfficeJobFailing', severity: 'warning' },
    series: { [failed]: '0x4 1x30' },
    silent: [9, 20],
  },
  {
    title: 'a job that money waits for, without a good run for ten minutes, wakes somebody',
    ...{ alert: 'BoxOfficeJobNotSucceeding', severity: 'critical', labels: { component: 'payment', job_name: 'reconcile-payments' } },
    series: { [lastSuccess('reconcile-payments')]: '0x30', [lastSuccess('purge-idempotency-keys')]: '0x30' },
    says: { 13: 'reconcile-payments of payment (boxoffice) last ended well 13m 0s ago.' },
    silent: [10, 12],
  },
  {
    title: 'a job that tidies up is told after two hours and ten minutes',
    ...{ alert: 'BoxOfficeJobNotSucceeding', severity: 'warning', labels: { component: 'payment', job_name: 'purge-idempotency-keys' } },
    series: { [lastSuccess('reconcile-payments')]: '0+60x200', [lastSuccess('purge-idempotency-keys')]: '0x200' },
    says: { 133: 'purge-idempotency-keys of payment (boxoffice) last ended well 2h 13m 0s ago.' },
    silent: [130, 132],
  },
  {
    title: 'a job that ends well in one replica is well',
    ...{ alert: 'BoxOfficeJobNotSucceeding', severity: 'critical' },
    series: {
      'boxoffice_job_last_success_timestamp_seconds{component="payment",job_name="reconcile-payments",pod="a"}': '0x30',
      'boxoffice_job_last_success_timestamp_seconds{component="payment",job_name="reconcile-payments",pod="b"}': '0+60x30',
    },
    silent: [13, 30],
  },
  {
    title: 'nobody reaping is told when the oldest is 15 minutes old, 5 minutes long',
    ...{ alert: 'BoxOfficeReaperBehind', severity: 'warning' },
    series: { boxoffice_reservations_expired_unreaped_oldest_seconds: '0+60x40' },
    says: { 21: 'The oldest expired reservation of boxoffice has been open for 21m 0s.' },
    silent: [15, 20],
  },
];
