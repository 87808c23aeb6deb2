import {
  CancellationSettled,
  EventChanged,
  type MessageType,
  PaymentAwaited,
  PaymentConfirmed,
  PaymentFailed,
  PaymentRefunded,
  StaffActed,
  TicketCheckedIn,
  TicketCreated,
} from '@boxoffice/contracts';
import { type AuditedService, auditedServices, type Books, type Examination, examined, type Finding } from './books.ts';

/** Who hears what; a consumer group is named like its service. */
const hearers: { service: AuditedService; topics: string[] }[] = [
  { service: 'payment', topics: topicsOf(EventChanged) },
  { service: 'ticketing', topics: topicsOf(PaymentConfirmed, PaymentRefunded, EventChanged) },
  {
    service: 'notification-analytics',
    topics: topicsOf(
      ...[EventChanged, PaymentAwaited, PaymentConfirmed, PaymentRefunded, PaymentFailed, CancellationSettled],
      ...[TicketCreated, TicketCheckedIn, StaffActed],
    ),
  },
];

function topicsOf(...types: MessageType[]): string[] {
  return types.map(({ topic }) => topic);
}

const unsent = (service: AuditedService) => `
SELECT 'unsent' AS check, id::text AS subject, format('%s %s of ${service} was never sent', topic, id) AS what
FROM outbox WHERE sent_at IS NULL AND created_at <= clock_timestamp() - $2 * interval '1 ms' AND ($1::uuid[] IS NULL OR id = ANY ($1::uuid[]))
ORDER BY position LIMIT 1000`;

const setAside = (service: AuditedService) => `
SELECT CASE WHEN dead_at IS NULL THEN 'set-aside' ELSE 'dead-letter' END AS check, position::text AS subject,
  format('%s of %s is %s at ${service}, parked_messages position %s', topic, key, CASE WHEN dead_at IS NULL THEN 'parked' ELSE 'dead' END, position) AS what
FROM parked_messages WHERE (dead_at IS NOT NULL OR parked_at <= clock_timestamp() - $2 * interval '1 ms')
  AND ($1::bigint[] IS NULL OR position = ANY ($1::bigint[]))
ORDER BY position LIMIT 1000`;

// After a week inbox and outbox forget, not in the same moment.
const saidSql = `
SELECT id::text, topic FROM outbox WHERE id = ANY ($1::uuid[]) AND sent_at <= clock_timestamp() - $2 * interval '1 ms' AND sent_at > clock_timestamp() - interval '7 days'`;
const heardSql = 'SELECT message_id::text AS id FROM inbox WHERE group_name = $1 AND message_id = ANY ($2::uuid[])';

/** Which of these messages somebody who hears them has not applied. */
async function notApplied({ sql, graceMs }: Books, speaker: AuditedService, ids: string[] | null): Promise<Finding[]> {
  const said = await sql<{ id: string; topic: string }>(speaker, saidSql, [ids, graceMs]);
  const missing = new Map<string, { topic: string; by: string[] }>();
  for (const { service, topics } of hearers) {
    const asked = said.filter(({ topic }) => topics.includes(topic));
    if (asked.length === 0) continue;
    const heard = new Set((await sql<{ id: string }>(service, heardSql, [service, asked.map(({ id }) => id)])).map(({ id }) => id));
    for (const { id, topic } of asked) if (!heard.has(id)) missing.set(id, { topic, by: [...(missing.get(id)?.by ?? []), service] });
  }
  return [...missing].map(([subject, { topic, by }]) => ({
    check: 'not-applied',
    examination: `applied messages of ${speaker}`,
    subject,
    what: `${topic} ${subject} of ${speaker} was never applied by ${by.join(' and ')}`,
  }));
}

/** Every message was sent, and applied by everybody who hears it, or is accounted for (I8). */
export const messageExaminations: Examination[] = auditedServices.flatMap((service) => [
  examined(`outbox of ${service}`, 'standing', service, unsent(service)),
  examined(`parked messages of ${service}`, 'standing', service, setAside(service)),
  { name: `applied messages of ${service}`, kind: `message of ${service}`, examine: (books, ids) => notApplied(books, service, ids) },
]);
