import { expect, test } from 'vitest';
import { findingsIn, open } from './audit.ts';
import { keptFor } from './restored.ts';
import { apartMs, differences, inOrder } from './snapshot.ts';
import { expanded, hostFromElsewhere } from './sources.ts';

test('tables with other rows, and those that came or went, are told; the rest is not', () => {
  expect(differences({ seats: 3, tickets: 1, gone: 0 }, { seats: 3, tickets: 2, came: 5 })).toEqual([
    'came: no table → 5',
    'gone: 0 → no table',
    'tickets: 1 → 2',
  ]);
  expect(differences({ seats: 0 }, { seats: 0 })).toEqual([]);
});

test('whoever hears is dumped before whoever said it, whoever asks before whoever answers', () => {
  const at = (service: (typeof inOrder)[number]) => inOrder.indexOf(service);
  expect(at('notification-analytics')).toBeLessThan(at('ticketing'));
  expect(at('ticketing')).toBeLessThan(at('payment'));
  expect(at('payment')).toBeLessThan(at('booking'));
});

test('snapshots are as far apart as the first and the last of them', () => {
  const moments = ['2026-11-26T10:00:00.250Z', '2026-11-26T10:00:00.000Z', '2026-11-26T10:00:00.100Z'];
  expect(apartMs(moments.map((at) => ({ id: 'x', at })))).toBe(250);
});

test('a value of the environment is read as the kubelet reads it', () => {
  const known = new Map([['DATABASE_PASSWORD', 'a$1b']]);
  expect(expanded('postgres://booking:$(DATABASE_PASSWORD)@db:5432/booking?x=$(OTHER)', known)).toBe(
    'postgres://booking:a$1b@db:5432/booking?x=$(OTHER)',
  );
});

test("a Service's short name gets its namespace, other hosts are left alone", () => {
  expect(['booking-db-rw', 'db.example.org', '10.0.0.7'].map((host) => hostFromElsewhere(host, 'tickets'))).toEqual([
    'booking-db-rw.tickets',
    'db.example.org',
    '10.0.0.7',
  ]);
});

test('what is kept goes to the namespace of the copy, as objects of its release', () => {
  const own = { 'meta.helm.sh/release-name': 'hall', 'meta.helm.sh/release-namespace': 'tickets' };
  const kept = [
    { kind: 'Secret', type: 'Opaque', data: { a: 'YQ==' }, metadata: { name: 'hall-booking', labels: { x: 'y' }, annotations: own } },
    { kind: 'ConfigMap', data: {}, metadata: { name: 'mail', labels: undefined, annotations: undefined } },
  ];
  expect(keptFor('copy', kept)).toMatchObject([
    { kind: 'Secret', data: { a: 'YQ==' }, metadata: { annotations: { ...own, 'meta.helm.sh/release-namespace': 'copy' }, labels: { x: 'y' } } },
    { kind: 'ConfigMap', metadata: { name: 'mail', annotations: {} } },
  ]);
});

const gauges = ['double_sold_seats', 'held_without_owner', 'paid_without_ticket', 'ticket_without_payment', 'outbox_stuck', 'messages_set_aside'];
const more = ['undecided_payments', 'undecided_refunds', 'wrong_amounts', 'inventory_mismatches', 'check_in_mismatches'];
const told = (values: Record<string, number>) => [...gauges, ...more].map((name) => `boxoffice_audit_${name} ${values[name] ?? 0}`).join('\n');

test("the auditor's findings are read from what it tells, and a missing gauge is no zero", () => {
  const text = `${told({ outbox_stuck: 2 })}\nboxoffice_audit_look_seconds_count{kind="all"} 4\nboxoffice_audit_look_seconds_count{kind="new"} 9\n`;
  const findings = findingsIn(text);
  expect(findings.looks).toBe(4);
  expect(open(findings)).toEqual(['outbox_stuck 2']);
  expect(findingsIn(told({})).looks).toBe(0);
  expect(() => findingsIn(text.replace('boxoffice_audit_outbox_stuck', 'boxoffice_audit_other'))).toThrow('outbox_stuck');
});
