import type { Story } from './story.ts';

const payments = (status: string) => `boxoffice_payments_total{status="${status}"}`;
const breaker = 'boxoffice_provider_breaker{provider="stripe",account="acct_1"}';
const forged = 'boxoffice_webhooks_total{provider="stripe",outcome="forged"}';

export const moneyStories: Story[] = [
  {
    title: 'who confirmed and hears nothing for five minutes is told two minutes later',
    ...{ alert: 'BoxOfficePaymentsUndecided', severity: 'critical' },
    series: { boxoffice_payments_oldest_undecided_seconds: '0+60x20' },
    says: { 8: 'A customer of boxoffice has paid, and for 8m 0s nobody knows how it ends.' },
    silent: [5, 7],
  },
  {
    title: 'payments that are decided within five minutes are not told, however many',
    ...{ alert: 'BoxOfficePaymentsUndecided', severity: 'critical' },
    series: { boxoffice_payments_oldest_undecided_seconds: '0+60x5 0+60x5 0+60x5 300x20' },
    silent: [8, 14, 30],
  },
  {
    title: 'payments after their deadline are told after ten minutes, with where they stand',
    ...{ alert: 'BoxOfficePaymentsOverdue', severity: 'warning', labels: { step: 'AWAITING_MONEY' } },
    series: {
      'boxoffice_payments_overdue{step="AWAITING_MONEY",pod="a"}': '0 2x20',
      'boxoffice_payments_overdue{step="AWAITING_MONEY",pod="b"}': '0 2x20',
    },
    says: { 11: '2 payments of boxoffice stand at AWAITING_MONEY after their deadline.' },
    silent: [10],
  },
  {
    title: 'payments after their deadline that are given up soon are not told',
    ...{ alert: 'BoxOfficePaymentsOverdue', severity: 'warning' },
    series: { 'boxoffice_payments_overdue{step="AWAITING_MONEY"}': '0 2x8 0 2x8 0x5' },
    silent: [11, 21],
  },
  {
    title: 'more payments that fail than succeed are told after five minutes',
    ...{ alert: 'BoxOfficePaymentsFailing', severity: 'warning' },
    series: { [payments('FAILED')]: '0+3x40', [payments('CONFIRMED')]: '0+1x40' },
    says: { 11: '75% of the payments of boxoffice failed in the last half hour.' },
    silent: [6, 10],
  },
  {
    title: 'a card that is declined again and again is not told, and neither is the usual share',
    ...{ alert: 'BoxOfficePaymentsFailing', severity: 'warning' },
    series: { [payments('FAILED')]: '0+1x15 15x40', [payments('CONFIRMED')]: '0x15 0+40x40' },
    silent: [11, 15, 30, 50],
  },
  {
    title: 'a provider that does not answer is told after three minutes, with whose account it is',
    ...{ alert: 'BoxOfficeProviderAway', severity: 'critical', labels: { provider: 'stripe', account: 'acct_1' } },
    series: { [breaker]: '0x2 1 0.5 1 1 1 0x5' },
    says: { 6: 'stripe (account acct_1) has not been asked by boxoffice for three minutes: it does not answer.' },
    silent: [5, 8],
  },
  {
    title: 'a provider without accounts is told without one',
    ...{ alert: 'BoxOfficeProviderAway', severity: 'critical', labels: { provider: 'test' } },
    series: { 'boxoffice_provider_breaker{provider="test",account=""}': '0 1x10' },
    says: { 4: 'test has not been asked by boxoffice for three minutes: it does not answer.' },
    silent: [3],
  },
  {
    title: 'more than ten forged webhooks in a quarter of an hour are told',
    ...{ alert: 'BoxOfficeWebhooksRefused', severity: 'warning', labels: { provider: 'stripe' } },
    series: { [forged]: '0+1x20' },
    says: { 11: '11 webhooks that claim to come from stripe were not signed by it in 15 minutes (boxoffice).' },
    silent: [10],
  },
  {
    title: 'webhooks that come twice or late are no forgeries',
    ...{ alert: 'BoxOfficeWebhooksRefused', severity: 'warning' },
    series: {
      'boxoffice_webhooks_total{provider="stripe",outcome="replayed"}': '0+5x20',
      'boxoffice_webhooks_total{provider="stripe",outcome="old"}': '0+5x20',
      [forged]: '0 1x19',
    },
    silent: [10, 20],
  },
  {
    title: 'a refund without an answer for a quarter of an hour is told five minutes later',
    ...{ alert: 'BoxOfficeRefundsUndecided', severity: 'warning' },
    series: { boxoffice_refunds_oldest_undecided_seconds: '0+60x30' },
    says: { 21: 'A refund of boxoffice waits for an answer for 21m 0s.' },
    silent: [16, 20],
  },
  {
    title: 'a cancelled event whose money is not back after a day is told',
    ...{ alert: 'BoxOfficeEventCancellationStuck', severity: 'warning' },
    series: { boxoffice_event_cancellations_oldest_seconds: '86280+60x20' },
    says: { 13: 'A cancelled event of boxoffice has been giving its money back for 1d 0h 11m 0s.' },
    silent: [2, 12],
  },
];
