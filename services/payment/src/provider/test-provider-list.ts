import type { Database } from '@boxoffice/postgres';
import type { Movement } from '../domain/statement-comparison.ts';

/** The test provider's account statement. It books a capture under the time its charge was made. */
export const movementsBetween = (db: Database, { from, to }: { from: Date; to: Date }): Promise<Movement[]> =>
  db.query<Movement>(
    `SELECT 'capture' AS kind, key AS charge, coalesce(capture_key, key) AS key, amount_minor AS "amountMinor", currency, created_at AS at
     FROM test_provider_charges WHERE created_at >= $1 AND created_at < $2 AND status IN ('captured', 'refunded')
     UNION ALL
     SELECT 'refund', r.charge, r.key, r.amount_minor, c.currency, r.created_at
     FROM test_provider_refunds r JOIN test_provider_charges c ON c.key = r.charge WHERE r.created_at >= $1 AND r.created_at < $2 AND NOT r.declined
     ORDER BY at, kind`,
    [from, to],
  );
