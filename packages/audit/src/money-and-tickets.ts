import { type Examination, examined } from './books.ts';

// Money by hand comes until its deadline. A question may stay open for ten times the grace: a bank that asks its customer takes minutes, and the reconciler goes on asking.
const undecided = `
SELECT 'undecided' AS check, id::text AS subject, format('payment %s of event %s is undecided, step %s', id, event_id, step) AS what
FROM transactions WHERE status = 'PENDING' AND ($1::uuid[] IS NULL OR id = ANY ($1::uuid[]))
  AND (pay_until < statement_timestamp() - interval '60 seconds' - $2 * interval '1 ms'
    OR (step NOT IN ('CREATED', 'AWAITING_MONEY') AND step_since <= statement_timestamp() - $2 * interval '10 ms'))
ORDER BY next_check_at LIMIT 1000`;

// Only payments the test provider knows: another provider keeps its books elsewhere.
const notCapturedOnce = `
SELECT 'not-captured-once' AS check, t.id::text AS subject, format('payment %s is of %s and %s was captured', t.id, t.amount_minor, c.captured) AS what
FROM transactions t CROSS JOIN LATERAL (
  SELECT count(*) AS charges, coalesce(sum(c.amount_minor) FILTER (WHERE c.status = 'captured'), 0) AS captured
  FROM test_provider_charges c WHERE c.key IN (SELECT s.key FROM payment_steps s WHERE s.payment_id = t.id)) c
WHERE t.id = ANY ($1::uuid[]) AND t.status = 'CONFIRMED' AND c.charges > 0 AND c.captured <> t.amount_minor`;

// A step's key begins with its payment's id; the index over steps is by payment.
const chargeKept = `
SELECT 'charge-kept' AS check, c.key AS subject, format('charge %s is %s', c.key, c.status) AS what
FROM test_provider_charges c WHERE c.key = ANY ($1::text[]) AND c.status IN ('captured', 'authorised', 'pending')
  AND c.created_at <= statement_timestamp() - $2 * interval '10 ms' AND NOT (c.status = 'pending' AND c.approve_at > statement_timestamp())
  AND NOT EXISTS (
    SELECT FROM transactions t JOIN payment_steps s ON s.payment_id = t.id AND s.key = c.key
    WHERE t.id = substring(c.key FROM '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')::uuid AND t.status = 'CONFIRMED' AND t.captured)`;

const ticketedTwice = `
SELECT 'seat-ticketed-twice' AS check, t.id::text AS subject, format('seat %s of event %s has ticket %s and another', t.seat_id, t.event_id, t.id) AS what
FROM tickets t WHERE t.id = ANY ($1::uuid[]) AND t.status <> 'CANCELLED' AND EXISTS (
  SELECT FROM tickets o WHERE o.event_id = t.event_id AND o.seat_id = t.seat_id AND o.status <> 'CANCELLED' AND o.id <> t.id)`;

const checkIns = `
SELECT 'check-in-mismatch' AS check, t.id::text AS subject, format('ticket %s of event %s is %s and was let in %s times', t.id, t.event_id, t.status, n.times) AS what
FROM tickets t CROSS JOIN LATERAL (SELECT count(*) AS times FROM check_ins c WHERE c.ticket_id = t.id) n
WHERE t.id = ANY ($1::uuid[]) AND n.times <> CASE t.status WHEN 'USED' THEN 1 ELSE 0 END`;

/** What must be true of money by itself, and of tickets by themselves. */
export const moneyAndTicketExaminations: Examination[] = [
  examined('undecided payments', 'standing', 'payment', undecided),
  examined('captures', 'payment', 'payment', notCapturedOnce),
  examined('charges', 'charge', 'payment', chargeKept),
  examined('tickets of one seat', 'ticket', 'ticketing', ticketedTwice),
  examined('check-ins', 'ticket', 'ticketing', checkIns),
];
