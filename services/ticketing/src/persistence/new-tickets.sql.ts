import type { Database } from '@boxoffice/postgres';

/** Where one stream stands: its customer, and the position of the last ticket it was told of. */
export type Cursor = { userId: string; after: number };
/** A ticket in its contract's words, with its position; `stream` is the index of the cursor it is for. */
export type FedTicket = {
  stream: number;
  position: number;
  ticket: {
    ticketId: string;
    eventId: string;
    paymentId: string;
    seatId: string;
    label: string;
    category: string;
    status: 'ACTIVE' | 'USED' | 'CANCELLED';
    qr: string;
    createdAt: Date;
    usedAt: Date | null;
    gate: string | null;
  };
};
type Row = FedTicket['ticket'] & { stream: number; position: number };

/**
 * For each cursor the next tickets of its customer, at most `limit` each, in order: one statement however many streams are open, one index range
 * each. Positions of one customer commit in order (see lockToIssue), so that 'greater than the last one told' misses none.
 */
export async function ticketsAfter(db: Database, cursors: Cursor[], limit: number): Promise<FedTicket[]> {
  const rows = await db.query<Row>(
    `SELECT (cursors.n - 1)::int AS stream, next.*
     FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS cursors (user_id, after, n)
     CROSS JOIN LATERAL (
       SELECT position, id AS "ticketId", event_id AS "eventId", payment_id AS "paymentId", seat_id AS "seatId", label, category, status, qr,
              created_at AS "createdAt", used_at AS "usedAt", gate
       FROM tickets WHERE tickets.user_id = cursors.user_id AND tickets.position > cursors.after
       ORDER BY tickets.position LIMIT $3
     ) AS next
     ORDER BY cursors.n, next.position`,
    [cursors.map((cursor) => cursor.userId), cursors.map((cursor) => cursor.after), limit],
  );
  return rows.map(({ stream, position, ...ticket }) => ({ stream, position, ticket }));
}

/** The position of the customer's newest ticket; 0 without any. */
export async function newestPosition(db: Database, userId: string): Promise<number> {
  const rows = await db.query<{ position: number }>('SELECT coalesce(max(position), 0) AS position FROM tickets WHERE user_id = $1', [userId]);
  return rows[0]?.position ?? 0;
}
