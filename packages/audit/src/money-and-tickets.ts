import { type Examination, examined } from './books.ts';

// Money by hand comes until its deadline. A question may stay open for ten times the grace: a bank that asks its customer takes minutes, and the reconciler goes on asking.
const undecided = `
SELECT 'undecided' AS check, id::text AS subject, format('payment %s of event %s is undecided, step %s', id, event_id, step) AS what
FROM transactions WHERE status = 'PENDING' AND ($1::uuid[] IS NULL OR id = ANY ($1::uuid[]))
  AND (pay_until < statement_timestamp() - interval '60 seconds' - $2 * interval '1 ms'
    OR (step NOT IN ('CREATED', 'AWAITING_MONEY') AND step_since <= statement_timestamp() - $2 * interval '10 ms'))
ORDER BY next_check_at LIMIT 1000`;

// Only payments the test provider knows: another provider keeps its books elsewhere. What went back at the provider is what we call done, and at most what
// we have asked for besides: a refund that is under way, that people look at, or that they have settled by hand may have been made all the same.
const notCapturedOnce = `
SELECT 'not-captured-once' AS check, t.id::text AS subject,
  format('payment %s is of %s with %s refunded; the provider captured %s and gave back %s', t.id, t.amount_minor, r.made, c.captured, c.back) AS what
FROM transactions t CROSS JOIN LATERAL (
  SELECT count(*) AS charges, coalesce(sum(c.amount_minor) FILTER (WHERE c.status IN ('captured', 'refunded')), 0) AS captured,
    coalesce(sum(CASE c.status WHEN 'refunded' THEN c.amount_minor ELSE c.refunded_minor END), 0) AS back
  FROM test_provider_charges c WHERE c.key IN (SELECT s.key FROM payment_steps s WHERE s.payment_id = t.id)) c
CROSS JOIN LATERAL (
  SELECT coalesce(sum(r.amount_minor) FILTER (WHERE r.status = 'DONE' AND r.settled_by IS NULL), 0) AS made,
    coalesce(sum(r.amount_minor) FILTER (WHERE r.settled_by IS NOT NULL OR r.status = 'PENDING' OR (r.status = 'FAILED' AND r.step IS DISTINCT FROM 'SETTLED')), 0) AS maybe
  FROM refunds r WHERE r.payment_id = t.id) r
WHERE t.id = ANY ($1::uuid[]) AND t.status IN ('CONFIRMED', 'REFUNDED') AND c.charges > 0
  AND (c.captured <> t.amount_minor OR c.back NOT BETWEEN r.made AND r.made + r.maybe)`;

// A step's key begins with its payment's id; the index over steps is by payment. A charge whose customer is being asked is pending as long as its payment.
const chargeKept = `
SELECT 'charge-kept' AS check, c.key AS subject, format('charge %s is %s', c.key, c.status) AS what
FROM test_provider_charges c WHERE c.key = ANY ($1::text[]) AND c.status IN ('captured', 'authorised', 'pending')
  AND c.created_at <= statement_timestamp() - $2 * interval '10 ms' AND NOT (c.status = 'pending' AND c.approve_at > statement_timestamp() AND NOT c.challenged)
  AND NOT EXISTS (
    SELECT FROM transactions t JOIN payment_steps s ON s.payment_id = t.id AND s.key = c.key
    WHERE t.id = substring(c.key FROM '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')::uuid AND (t.captured AND t.status IN ('CONFIRMED', 'REFUNDED') OR c.challenged AND t.status = 'PENDING'))`;

// People are asked about what a provider declined: also that is owed until somebody decides. What waits for a payment by hand from the start is theirs anyway.
const refundUndecided = `
SELECT 'refund-undecided' AS check, id::text AS subject, format('refund %s of payment %s is %s, step %s', id, payment_id, status, step) AS what
FROM refunds WHERE status <> 'DONE' AND step IS NOT NULL AND step NOT IN ('SETTLED', 'BY_HAND') AND ($1::uuid[] IS NULL OR id = ANY ($1::uuid[]))
  AND step_since <= statement_timestamp() - $2 * interval '10 ms'
ORDER BY step_since LIMIT 1000`;

// More than was taken, a seat in two refunds, or more given by the test provider than the book says. A refund that is FAILED and SETTLED never happened.
const refundedTwice = `
SELECT 'refunded-twice' AS check, t.id::text AS subject,
  format('payment %s took %s, refunds of %s are booked, %s seats twice, %s was given', t.id, t.taken, b.booked, b.twice, g.given) AS what
FROM (SELECT id, CASE WHEN captured THEN amount_minor ELSE 0 END AS taken FROM transactions WHERE id = ANY ($1::uuid[])) t
CROSS JOIN LATERAL (
  SELECT coalesce(sum(r.amount_minor), 0) AS booked, coalesce(sum(cardinality(r.seat_ids)), 0) - (
    SELECT count(DISTINCT seat) FROM refunds s, unnest(s.seat_ids) AS seat WHERE s.payment_id = t.id AND NOT (s.status = 'FAILED' AND s.step = 'SETTLED')) AS twice
  FROM refunds r WHERE r.payment_id = t.id AND NOT (r.status = 'FAILED' AND r.step IS NOT DISTINCT FROM 'SETTLED')) b
CROSS JOIN LATERAL (
  SELECT coalesce(sum(p.amount_minor), 0) AS given FROM test_provider_refunds p WHERE p.charge = t.id || ':authorising' AND NOT p.declined) g
WHERE b.booked > t.taken OR b.twice > 0 OR g.given > b.booked`;

const ticketedTwice = `
SELECT 'seat-ticketed-twice' AS check, t.id::text AS subject, format('seat %s of event %s has ticket %s and another', t.seat_id, t.event_id, t.id) AS what
FROM tickets t WHERE t.id = ANY ($1::uuid[]) AND t.status <> 'CANCELLED' AND t.refunded_at IS NULL AND EXISTS (
  SELECT FROM tickets o WHERE o.event_id = t.event_id AND o.seat_id = t.seat_id AND o.status <> 'CANCELLED' AND o.refunded_at IS NULL AND o.id <> t.id)`;

const checkIns = `
SELECT 'check-in-mismatch' AS check, t.id::text AS subject, format('ticket %s of event %s is %s and was let in %s times', t.id, t.event_id, t.status, n.times) AS what
FROM tickets t CROSS JOIN LATERAL (SELECT count(*) AS times FROM check_ins c WHERE c.ticket_id = t.id) n
WHERE t.id = ANY ($1::uuid[]) AND n.times <> CASE t.status WHEN 'USED' THEN 1 ELSE 0 END`;

/** What must be true of money by itself, and of tickets by themselves. */
export const moneyAndTicketExaminations: Examination[] = [
  examined('undecided payments', 'standing', 'payment', undecided),
  examined('undecided refunds', 'standing', 'payment', refundUndecided),
  examined('refunds', 'payment', 'payment', refundedTwice),
  examined('captures', 'payment', 'payment', notCapturedOnce),
  examined('charges', 'charge', 'payment', chargeKept),
  examined('tickets of one seat', 'ticket', 'ticketing', ticketedTwice),
  examined('check-ins', 'ticket', 'ticketing', checkIns),
];
