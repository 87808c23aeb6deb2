import type { Story } from './story.ts';

/** So many minutes of so many calls each, of which a share is bad. */
type Phase = { minutes: number; perMinute: number; badPerMinute: number };
type Level = {
  alert: string;
  /** Bad ones of a thousand that the budget allows. */
  budget: number;
  says: (share: string) => string;
  series: (bad: string, good: string, all: string) => Record<string, string>;
};

const request = (status: string) => `boxoffice_http_request_seconds_count{component="gateway",route="/trpc",status="${status}"}`;
const hold = 'api="booking",use_case="hold-seats",outcome="ok"';

const levels: Level[] = [
  {
    ...{ alert: 'BoxOfficeGatewayErrorBudgetBurn', budget: 1 },
    says: (share) => `${share} of the requests to boxoffice end in a 5xx; 0.1 % over 30 days are the budget.`,
    series: (bad, good) => ({ [request('200')]: good, [request('500')]: bad }),
  },
  {
    ...{ alert: 'BoxOfficeHoldErrorBudgetBurn', budget: 1 },
    says: (share) => `${share} of the holds at boxoffice fail or are turned away for overload; 0.1 % are the budget.`,
    series: (bad, good) => ({
      'boxoffice_holds_total{outcome="SEAT_SOLD"}': good,
      'boxoffice_holds_total{outcome="OVERLOADED"}': bad,
    }),
  },
  {
    ...{ alert: 'BoxOfficeGatewayLatencyBudgetBurn', budget: 10 },
    says: (share) => `${share} of the calls to boxoffice take longer than 2.5 s; 1 % are the budget.`,
    series: (_, good, all) => ({ [request('200').replace('_count{', '_bucket{le="2.5",')]: good, [request('200')]: all }),
  },
  {
    ...{ alert: 'BoxOfficeHoldLatencyBudgetBurn', budget: 10 },
    says: (share) => `${share} of the holds at boxoffice take longer than 250 ms; 1 % are the budget.`,
    series: (_, good, all) => ({
      [`boxoffice_use_case_seconds_bucket{${hold},le="0.25"}`]: good,
      [`boxoffice_use_case_seconds_count{${hold}}`]: all,
      'boxoffice_holds_total{outcome="held"}': all,
    }),
  },
];

/** A counter over the phases, in promtool's words. */
function counter(phases: readonly Phase[], step: number, rateOf: (phase: Phase) => number): string {
  let total = 0;
  const parts = phases.map((phase) => {
    const [each, values] = [rateOf(phase) * step, phase.minutes / step];
    const part = `${total + each}+${each}x${values - 1}`;
    total += each * values;
    return part;
  });
  return ['0', ...parts].join(' ');
}

/** The series of a level: phases of [minutes, times the budget, calls a minute]. */
function seriesOf({ series, budget }: Level, step: number, phases: readonly [minutes: number, burn: number, perMinute?: number][]) {
  const told = phases.map(([minutes, burn, perMinute = 1000]): Phase => ({ minutes, perMinute, badPerMinute: (perMinute * burn * budget) / 1000 }));
  return series(
    counter(told, step, ({ badPerMinute }) => badPerMinute),
    counter(told, step, ({ perMinute, badPerMinute }) => perMinute - badPerMinute),
    counter(told, step, ({ perMinute }) => perMinute),
  );
}

/** 4.2 times the budget, as the alert writes it. */
const share = (burn: number, { budget }: Level) => `${Number(((burn * budget) / 10).toPrecision(4))}%`;

const wakes = (level: Level): Story[] => [
  {
    title: 'twenty times the budget in an hour wakes somebody, after 44 minutes of it, and no longer than five minutes after',
    ...{ alert: level.alert, severity: 'critical', step: 2 },
    series: seriesOf(level, 2, [
      [420, 0],
      [50, 20],
      [30, 0],
    ]),
    says: { 466: level.says(share(20, level)) },
    silent: [420, 464, 465, 480],
  },
  {
    title: 'ten times the budget over six hours wakes somebody, after 216 minutes of it, and no longer than half an hour after',
    ...{ alert: level.alert, severity: 'critical', step: 2 },
    series: seriesOf(level, 2, [
      [420, 0],
      [240, 10],
      [40, 0],
    ]),
    says: { 640: level.says(share(10, level)) },
    silent: [560, 636, 639, 690],
  },
  {
    title: 'four times the budget wake nobody',
    ...{ alert: level.alert, severity: 'critical' },
    series: seriesOf(level, 1, [[60, 4]]),
    silent: [3, 16, 60],
  },
  {
    title: 'every second call wakes nobody when there are thirty in an hour',
    ...{ alert: level.alert, severity: 'critical' },
    series: seriesOf(level, 1, [[60, 500 / level.budget, 0.5]]),
    silent: [3, 30, 60],
  },
];

const makesTicket = (level: Level): Story[] => [
  {
    title: 'four times the budget on a quiet day after busy ones is a ticket after most of a day, and no longer than two hours after',
    ...{ alert: level.alert, severity: 'warning', step: 10 },
    series: seriesOf(level, 10, [
      [5760, 0, 5000],
      [1420, 4],
      [120, 0],
    ]),
    says: { 7150: level.says(share(4, level)) },
    silent: [5760, 7120, 7129, 7260],
  },
  {
    title: 'one and a half times the budget is a ticket after two days, and no longer than six hours after',
    ...{ alert: level.alert, severity: 'warning', step: 10 },
    series: seriesOf(level, 10, [
      [5760, 0],
      [2960, 1.5],
      [200, 0],
    ]),
    says: { 8670: level.says(share(1.5, level)) },
    silent: [8600, 8659, 8900],
  },
  {
    title: 'four fifths of the budget are within it',
    ...{ alert: level.alert, severity: 'warning' },
    series: seriesOf(level, 1, [[120, 0.8]]),
    silent: [16, 110],
  },
];

/** Without a past, every window tells the same. */
const fromTheStart = (level: Level): Story[] => [
  {
    title: 'a new installation that burns twenty times the budget wakes somebody in its third minute',
    ...{ alert: level.alert, severity: 'critical' },
    series: seriesOf(level, 1, [[10, 20]]),
    says: { 3: level.says(share(20, level)) },
    silent: [2],
  },
  {
    title: 'a new installation that burns four times the budget is a ticket after a quarter of an hour',
    ...{ alert: level.alert, severity: 'warning' },
    series: seriesOf(level, 1, [[30, 4]]),
    says: { 16: level.says(share(4, level)) },
    silent: [15],
  },
];

export const serviceLevelStories: Story[] = [
  ...levels.flatMap((level) => [...wakes(level), ...makesTicket(level), ...fromTheStart(level)]),
  {
    title: 'who leaves before the answer does not count',
    ...{ alert: 'BoxOfficeGatewayErrorBudgetBurn', severity: 'critical' },
    series: { [request('200')]: '0+900x30', [request('left')]: '0+100x30' },
    silent: [3, 16, 30],
  },
];
