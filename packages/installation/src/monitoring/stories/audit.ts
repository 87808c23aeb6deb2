import type { Story } from './story.ts';

type Finding = { alert: string; severity: Story['severity']; gauge: string; after: number; says: string };

/** What the auditor finds: told when it is still so after some minutes, because two services are never looked at in the same instant. */
const findings: Finding[] = [
  {
    ...{ alert: 'BoxOfficeAmountsWrong', severity: 'critical', gauge: 'wrong_amounts', after: 2 },
    says: '1 sales of boxoffice: captured minus refunded is not what the seats cost.',
  },
  {
    ...{ alert: 'BoxOfficePaidWithoutTicket', severity: 'critical', gauge: 'paid_without_ticket', after: 2 },
    says: '1 payments of boxoffice are confirmed and lack a seat or a ticket.',
  },
  {
    ...{ alert: 'BoxOfficeTicketWithoutPayment', severity: 'critical', gauge: 'ticket_without_payment', after: 2 },
    says: '1 tickets or sold seats of boxoffice have no payment behind them.',
  },
  {
    ...{ alert: 'BoxOfficeInventoryMismatch', severity: 'critical', gauge: 'inventory_mismatches', after: 2 },
    says: '1 contradictions between seats and reservations at boxoffice.',
  },
  {
    ...{ alert: 'BoxOfficeHeldWithoutOwner', severity: 'warning', gauge: 'held_without_owner', after: 2 },
    says: '1 seats of boxoffice are held, or locked in Redis, for nobody.',
  },
  {
    ...{ alert: 'BoxOfficeCheckInMismatch', severity: 'warning', gauge: 'check_in_mismatches', after: 2 },
    says: '1 tickets of boxoffice were let in twice, or are used and were never let in.',
  },
  {
    ...{ alert: 'BoxOfficeAuditOutboxStuck', severity: 'warning', gauge: 'outbox_stuck', after: 2 },
    says: '1 messages of boxoffice were not sent, or were sent and never applied.',
  },
  {
    ...{ alert: 'BoxOfficeAuditPaymentsUndecided', severity: 'warning', gauge: 'undecided_payments', after: 2 },
    says: '1 payments of boxoffice are past their deadline and neither confirmed nor given up.',
  },
  {
    ...{ alert: 'BoxOfficeAuditRefundsUndecided', severity: 'warning', gauge: 'undecided_refunds', after: 15 },
    says: '1 refunds of boxoffice are neither given nor settled.',
  },
  {
    ...{ alert: 'BoxOfficeAuditMessagesSetAside', severity: 'warning', gauge: 'messages_set_aside', after: 15 },
    says: '1 messages of boxoffice are parked or dead.',
  },
];

const ofFindings = findings.flatMap(({ alert, severity, gauge, after, says }): Story[] => [
  {
    title: `${gauge}: is told ${after} minutes after it was found, and no longer once it is mended`,
    ...{ alert, severity },
    series: { [`boxoffice_audit_${gauge}`]: `0x4 1x${after + 1} 0x10` },
    says: { [5 + after]: says },
    silent: [4 + after, 8 + after],
  },
  {
    title: `${gauge}: what is in order again before that is not told`,
    ...{ alert, severity },
    series: { [`boxoffice_audit_${gauge}`]: `0x4 1x${after - 1} 0 1x${after - 1} 0x10` },
    silent: [5 + after, 6 + 2 * after],
  },
]);

export const auditStories: Story[] = [
  ...ofFindings,
  {
    title: 'a seat that is sold twice is told at once, and no longer once it is mended',
    ...{ alert: 'BoxOfficeSeatSoldTwice', severity: 'critical' },
    series: { boxoffice_audit_double_sold_seats: '0x5 1x4 0x10' },
    says: { 6: '1 seats of boxoffice have two owners.' },
    silent: [5, 12],
  },
  {
    title: 'an auditor that looks no more is told after ten minutes, five minutes long',
    ...{ alert: 'BoxOfficeAuditorBlind', severity: 'critical' },
    series: { boxoffice_audit_last_success_timestamp_seconds: '0x30' },
    says: { 16: 'The auditor of boxoffice has not ended a look for ten minutes, or is not there.' },
    silent: [12, 15],
  },
  {
    title: 'an auditor that is not there is told after five minutes',
    ...{ alert: 'BoxOfficeAuditorBlind', severity: 'critical' },
    series: { 'up{component="gateway"}': '1x10' },
    says: { 5: 'The auditor of boxoffice has not ended a look for ten minutes, or is not there.' },
    silent: [4],
  },
  {
    title: 'an auditor that looks is not told',
    ...{ alert: 'BoxOfficeAuditorBlind', severity: 'critical' },
    series: { boxoffice_audit_last_success_timestamp_seconds: '0+60x30' },
    silent: [16, 25],
  },
];
