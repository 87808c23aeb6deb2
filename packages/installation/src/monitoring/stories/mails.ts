import type { Story } from './story.ts';

const mails = (outcome: string) => `boxoffice_mails_total{kind="tickets",outcome="${outcome}"}`;

export const mailStories: Story[] = [
  {
    title: 'a mail server that has not answered for five minutes is told five minutes later',
    ...{ alert: 'BoxOfficeMailServerAway', severity: 'warning' },
    series: { boxoffice_mail_breaker: '0 1 0.5 1x20' },
    says: { 11: 'The mail server of boxoffice has not been answering for five minutes and more.' },
    silent: [10],
  },
  {
    title: 'a mail server that answers in between is not told',
    ...{ alert: 'BoxOfficeMailServerAway', severity: 'warning' },
    series: { boxoffice_mail_breaker: '1x4 0 1x4 0 1x4 0 1x4 0' },
    silent: [10, 19],
  },
  {
    title: 'more than three mails that are given up in half an hour are told, by kind',
    ...{ alert: 'BoxOfficeMailsGivenUp', severity: 'warning', labels: { kind: 'tickets' } },
    series: { [mails('given-up')]: '0+1x4 4x40' },
    says: { 4: '4 mails (tickets) of boxoffice were given up in half an hour.' },
    silent: [3, 36],
  },
  {
    title: 'mails that will be tried again are not given up',
    ...{ alert: 'BoxOfficeMailsGivenUp', severity: 'warning' },
    series: { [mails('will-retry')]: '0+5x40', [mails('given-up')]: '0 1x39' },
    silent: [4, 30],
  },
  {
    title: 'a mail that waits for a quarter of an hour is told five minutes later',
    ...{ alert: 'BoxOfficeMailsLate', severity: 'warning' },
    series: { boxoffice_mails_oldest_seconds: '0+60x30' },
    says: { 21: 'The oldest mail of boxoffice has been waiting for 21m 0s.' },
    silent: [16, 20],
  },
];
