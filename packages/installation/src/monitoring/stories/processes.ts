import type { Story } from './story.ts';

const up = (component: string, pod = 'a') => `up{component="${component}",pod="${pod}"}`;
const others = Object.fromEntries(['gateway', 'identity', 'payment', 'ticketing', 'notification-analytics'].map((name) => [up(name), '1x30']));
const ofPod = { component: 'booking', pod: 'a' };

export const processStories: Story[] = [
  {
    title: 'a service without a replica that answers is told after three minutes',
    ...{ alert: 'BoxOfficeComponentGone', severity: 'critical', labels: { component: 'booking' } },
    series: { ...others, [up('booking')]: '1x4 0x20', [up('booking', 'b')]: '1x2 0x20' },
    says: { 8: 'No replica of booking (boxoffice) answers.' },
    silent: [7],
  },
  {
    title: 'a service that is not there at all is told after three minutes',
    ...{ alert: 'BoxOfficeComponentGone', severity: 'critical', labels: { component: 'booking' } },
    series: others,
    says: { 3: 'No replica of booking (boxoffice) answers.' },
    silent: [2],
  },
  {
    title: 'one replica of two, and the auditor, do not make a service gone',
    ...{ alert: 'BoxOfficeComponentGone', severity: 'critical' },
    series: { ...others, [up('booking')]: '1x30', [up('booking', 'b')]: '0x30', [up('auditor')]: '0x30' },
    silent: [3, 30],
  },
  {
    title: 'a replica that does not answer is told after five minutes, not while it restarts',
    ...{ alert: 'BoxOfficeTargetDown', severity: 'warning', labels: { component: 'booking' } },
    series: { [up('booking')]: '1x5 0x2 1x5 0x10', [up('booking', 'b')]: '1x30' },
    says: { 20: '1 replicas of booking (boxoffice) do not answer the scrape.' },
    silent: [8, 13, 19],
  },
  {
    title: 'a process that starts for the third time in half an hour is told, until that is over',
    ...{ alert: 'BoxOfficeRestarting', severity: 'warning', labels: ofPod },
    series: { 'process_start_time_seconds{component="booking",pod="a"}': '0x1 100x1 200x1 300x50' },
    says: { 6: 'a (booking, boxoffice) started 3 times in half an hour.' },
    silent: [5, 33],
  },
  {
    title: 'three replicas that are rolled one after the other do not restart again and again',
    ...{ alert: 'BoxOfficeRestarting', severity: 'warning' },
    series: Object.fromEntries(['a', 'b', 'c'].map((pod) => [`process_start_time_seconds{component="booking",pod="${pod}"}`, '0x5 100x30'])),
    silent: [6, 20],
  },
  {
    title: 'an event loop that is late by more than 250 ms is told after five minutes',
    ...{ alert: 'BoxOfficeEventLoopLag', severity: 'warning', labels: ofPod },
    series: { 'nodejs_eventloop_lag_p99_seconds{component="booking",pod="a"}': '0.01 0.3x20' },
    says: { 6: 'The event loop of a (booking, boxoffice) is late by 300ms (p99).' },
    silent: [5],
  },
  {
    title: 'a short burst of work is not told',
    ...{ alert: 'BoxOfficeEventLoopLag', severity: 'warning' },
    series: { 'nodejs_eventloop_lag_p99_seconds{component="booking",pod="a"}': '0.01 2x4 0.01 2x4 0.01x5' },
    silent: [6, 12],
  },
  {
    title: 'a process that has opened four fifths of what it may is told after five minutes',
    ...{ alert: 'BoxOfficeFileDescriptorsLow', severity: 'warning', labels: ofPod },
    series: {
      'process_open_fds{component="booking",pod="a"}': '100 850x20',
      'process_max_fds{component="booking",pod="a"}': '1000x21',
      'process_open_fds{component="gateway",pod="b"}': '850x20',
      'process_max_fds{component="gateway",pod="b"}': '20000x20',
    },
    says: { 6: 'a (booking, boxoffice) uses 85% of its file descriptors.' },
    silent: [5],
  },
  {
    title: 'callers who wait for a connection at every look are told',
    ...{ alert: 'BoxOfficePoolExhausted', severity: 'warning', labels: { ...ofPod, database: 'booking' } },
    series: { 'boxoffice_pool_waiting{component="booking",pod="a",database="booking"}': '0 3x20' },
    says: { 5: 'In a (booking, boxoffice) callers wait for a connection to booking at every look.' },
    silent: [4],
  },
  {
    title: 'callers who wait now and then are not told',
    ...{ alert: 'BoxOfficePoolExhausted', severity: 'warning' },
    series: { 'boxoffice_pool_waiting{component="booking",pod="a",database="booking"}': '9 9 0 9 9 0 9 9 0 9 9 0' },
    silent: [5, 8, 11],
  },
  {
    title: 'passwords that queue at every look are told',
    ...{ alert: 'BoxOfficePasswordsQueue', severity: 'warning', labels: { pod: 'a' } },
    series: { 'boxoffice_identity_passwords_waiting{component="identity",pod="a"}': '0 40x20' },
    says: { 5: '40 passwords wait to be hashed in a (boxoffice).' },
    silent: [4],
  },
  {
    title: 'a moment full of passwords, and a short queue, are not told',
    ...{ alert: 'BoxOfficePasswordsQueue', severity: 'warning' },
    series: { 'boxoffice_identity_passwords_waiting{pod="a"}': '90x2 0 90x2 0', 'boxoffice_identity_passwords_waiting{pod="b"}': '20x20' },
    silent: [3, 5, 10],
  },
  {
    title: 'a component that goes on without Redis is told after two minutes, as soon as one replica does',
    ...{ alert: 'BoxOfficeRedisAway', severity: 'warning', labels: { component: 'booking' } },
    series: {
      'boxoffice_redis_available{component="booking",pod="a"}': '1 0x5 1x5',
      'boxoffice_redis_available{component="booking",pod="b"}': '1x20',
    },
    says: { 3: 'booking (boxoffice) goes on without Redis.' },
    silent: [2, 8],
  },
  {
    title: 'work that is turned away for two minutes is told, by batch',
    ...{ alert: 'BoxOfficeWorkRefused', severity: 'warning', labels: { component: 'booking', batch: 'hold' } },
    series: { 'boxoffice_batch_refused_total{component="booking",batch="hold"}': '0+120x20' },
    says: { 5: 'booking (boxoffice) turns away 2 calls a second for hold: too many wait.' },
    silent: [4],
  },
  {
    title: 'a call that is turned away now and then is not told',
    ...{ alert: 'BoxOfficeWorkRefused', severity: 'warning' },
    series: { 'boxoffice_batch_refused_total{component="booking",batch="hold"}': '0+30x20' },
    silent: [5, 20],
  },
];
