import type { Story } from './story.ts';

const ofTopic = { group: 'ticketing', topic: 'payment-confirmed' };
const lag = (partition: number, pod = 'a') =>
  `boxoffice_consumer_lag_messages{group="ticketing",topic="payment-confirmed",partition="${partition}",pod="${pod}"}`;
const dealtWith = 'boxoffice_messages_total{group="ticketing",topic="payment-confirmed",outcome="handled"}';
const parked = (state: string) => `boxoffice_messages_parked{group="ticketing",state="${state}"}`;

export const messageStories: Story[] = [
  {
    title: 'messages that do not leave are told after a minute of being too old; a short wait is not',
    ...{ alert: 'BoxOfficeOutboxOld', severity: 'critical', labels: { database: 'payment' } },
    series: { 'boxoffice_outbox_oldest_age_seconds{database="payment"}': '0x3 61 0x5 61 120 180 240' },
    says: {
      12: 'The oldest message in the outbox of payment (boxoffice) waits for 2m 0s.',
      14: 'The oldest message in the outbox of payment (boxoffice) waits for 4m 0s.',
    },
    silent: [4, 5, 11],
  },
  {
    title: 'a consumer with more than a thousand messages before it is told after five minutes, each partition counted once',
    ...{ alert: 'BoxOfficeConsumerLag', severity: 'warning', labels: ofTopic },
    series: { [lag(0)]: '0 600x20', [lag(0, 'b')]: '0 600x20', [lag(1)]: '0 600x20' },
    says: { 6: 'ticketing (boxoffice) has 1200 messages of payment-confirmed before it.' },
    silent: [5],
  },
  {
    title: 'the same messages told by two replicas are not twice as many',
    ...{ alert: 'BoxOfficeConsumerLag', severity: 'warning' },
    series: { [lag(0)]: '600x20', [lag(0, 'b')]: '600x20' },
    silent: [6, 20],
  },
  {
    title: 'a consumer that deals with nothing of what waits is told after five minutes of five minutes',
    ...{ alert: 'BoxOfficeConsumerStuck', severity: 'critical', labels: ofTopic },
    series: { [lag(0)]: '0x2 50x30', [dealtWith]: '10x30' },
    says: { 13: 'ticketing (boxoffice) has dealt with none of the 50 waiting messages of payment-confirmed for five minutes.' },
    silent: [8, 12],
  },
  {
    title: 'a consumer that is slow is not stuck',
    ...{ alert: 'BoxOfficeConsumerStuck', severity: 'critical' },
    series: { [lag(0)]: '0x2 50x30', [dealtWith]: '0+5x30' },
    silent: [13, 25],
  },
  {
    title: 'a consumer that is built anew more than five times in a quarter of an hour is told, until that is over',
    ...{ alert: 'BoxOfficeConsumerUnstable', severity: 'warning', labels: { group: 'ticketing' } },
    series: { 'boxoffice_consumer_rebuilt_total{group="ticketing"}': '0+1x6 6x40' },
    says: { 6: 'The consumer ticketing (boxoffice) gave up 6 times in 15 minutes.' },
    silent: [5, 22],
  },
  {
    title: 'a consumer that is built anew now and then is not told',
    ...{ alert: 'BoxOfficeConsumerUnstable', severity: 'warning' },
    series: { 'boxoffice_consumer_rebuilt_total{group="ticketing"}': '0x4 1x4 2x4 3x30' },
    silent: [5, 10, 15, 30],
  },
  {
    title: 'a message that nobody tries again is told at once',
    ...{ alert: 'BoxOfficeMessagesDead', severity: 'critical', labels: { group: 'ticketing' } },
    series: { [parked('dead')]: '0x4 2x4 0x5', [parked('waiting')]: '1x20' },
    says: { 5: '2 messages of ticketing (boxoffice) are dead: nobody tries them again.' },
    silent: [4, 11],
  },
  {
    title: 'a message that waits for another attempt is told after a quarter of an hour',
    ...{ alert: 'BoxOfficeMessagesParked', severity: 'warning', labels: { group: 'ticketing' } },
    series: { [parked('waiting')]: '0x4 3x20', [parked('dead')]: '1x30' },
    says: { 20: '3 messages of ticketing (boxoffice) failed and wait for another attempt.' },
    silent: [5, 19],
  },
  {
    title: 'a message that an attempt helped before is not told',
    ...{ alert: 'BoxOfficeMessagesParked', severity: 'warning' },
    series: { [parked('waiting')]: '0x4 3x13 0x20' },
    silent: [18, 20, 30],
  },
];
