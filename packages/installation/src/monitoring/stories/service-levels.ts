import type { Story } from './story.ts';

type Level = { alert: string; says: (share: string) => string; series: (bad: number, minutes: number) => Record<string, string> };
const every = (perMinute: number, minutes: number) => `0+${perMinute}x${minutes}`;

const request = (status: string) => `boxoffice_http_request_seconds_count{component="gateway",route="/trpc",status="${status}"}`;
const hold = 'api="booking",use_case="hold-seats",outcome="ok"';

/** Of a thousand a minute, so many are bad. */
const errors: Level[] = [
  {
    alert: 'BoxOfficeGatewayErrorBudgetBurn',
    says: (share) => `${share} of the requests to boxoffice end in a 5xx; 0.1 % over 30 days are the budget.`,
    series: (bad, minutes) => ({ [request('200')]: every(1000 - bad, minutes), [request('500')]: every(bad, minutes) }),
  },
  {
    alert: 'BoxOfficeHoldErrorBudgetBurn',
    says: (share) => `${share} of the holds at boxoffice fail or are turned away for overload; 0.1 % are the budget.`,
    series: (bad, minutes) => ({
      'boxoffice_holds_total{outcome="held"}': every(600 - bad, minutes),
      'boxoffice_holds_total{outcome="SEAT_SOLD"}': every(400, minutes),
      'boxoffice_holds_total{outcome="failed"}': every(bad / 2, minutes),
      'boxoffice_holds_total{outcome="OVERLOADED"}': every(bad / 2, minutes),
    }),
  },
];
const slowness: Level[] = [
  {
    alert: 'BoxOfficeGatewayLatencyBudgetBurn',
    says: (share) => `${share} of the calls to boxoffice take longer than 2.5 s; 1 % are the budget.`,
    series: (bad, minutes) => ({
      [request('200').replace('_count{', '_bucket{le="2.5",')]: every(1000 - bad, minutes),
      [request('200')]: every(1000, minutes),
    }),
  },
  {
    alert: 'BoxOfficeHoldLatencyBudgetBurn',
    says: (share) => `${share} of the holds at boxoffice take longer than 250 ms; 1 % are the budget.`,
    series: (bad, minutes) => ({
      [`boxoffice_use_case_seconds_bucket{${hold},le="0.25"}`]: every(1000 - bad, minutes),
      [`boxoffice_use_case_seconds_count{${hold}}`]: every(1000, minutes),
      'boxoffice_holds_total{outcome="held"}': every(1000, minutes),
    }),
  },
];

/** How many of a thousand burn the budget fast, slowly, or not. */
const burns = ({ alert, says, series }: Level, { fast, slow, well }: { fast: number; slow: number; well: number }): Story[] => [
  {
    title: `${fast} bad ones in a thousand are told within three minutes`,
    ...{ alert, severity: 'critical' },
    series: series(fast, 30),
    says: { 3: says(`${fast / 10}%`) },
    silent: [2],
  },
  {
    title: `${slow} bad ones in a thousand make a ticket after a quarter of an hour, and wake nobody`,
    ...{ alert, severity: 'warning' },
    series: series(slow, 60),
    says: { 16: says(`${slow / 10}%`), 50: says(`${slow / 10}%`) },
    silent: [15],
  },
  {
    title: `${well} bad ones in a thousand are within the budget`,
    ...{ alert, severity: 'critical' },
    series: series(well, 120),
    silent: [3, 16, 110],
  },
];

export const serviceLevelStories: Story[] = [
  ...errors.flatMap((level) => burns(level, { fast: 50, slow: 4, well: 0.8 })),
  ...slowness.flatMap((level) => burns(level, { fast: 200, slow: 40, well: 8 })),
  {
    title: 'one of a handful is a large share and wakes nobody',
    ...{ alert: 'BoxOfficeGatewayErrorBudgetBurn', severity: 'critical' },
    series: { [request('200')]: '0+1x10', [request('500')]: '0 1x9' },
    silent: [3, 10],
  },
  {
    title: 'who leaves before the answer does not count',
    ...{ alert: 'BoxOfficeGatewayErrorBudgetBurn', severity: 'critical' },
    series: { [request('200')]: '0+900x30', [request('left')]: '0+100x30' },
    silent: [3, 16, 30],
  },
  {
    title: 'an outage of five minutes is a ticket, and wakes nobody, once half an hour was good',
    ...{ alert: 'BoxOfficeGatewayErrorBudgetBurn', severity: 'warning' },
    series: { [request('200')]: '0+1000x50', [request('500')]: '0+1000x5 5000x45' },
    says: { 40: '11.11% of the requests to boxoffice end in a 5xx; 0.1 % over 30 days are the budget.' },
    silent: [],
  },
];
