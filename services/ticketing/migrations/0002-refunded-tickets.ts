/** A used ticket whose money went back: it tells who was inside, lets nobody in again, and stands in nobody's way when its seat is sold again. */
export const refundedTickets = {
  name: '0002-refunded-tickets',
  up: [
    `ALTER TABLE tickets ADD COLUMN refunded_at timestamptz,
      ADD CONSTRAINT tickets_refunded_after_use CHECK (refunded_at IS NULL OR status = 'USED')`,
    `UPDATE tickets SET refunded_at = r.refunded_at FROM refunded_seats r
     WHERE tickets.status = 'USED' AND r.payment_id = tickets.payment_id AND r.seat_id = tickets.seat_id`,
    'DROP INDEX tickets_one_live_per_seat',
    `CREATE UNIQUE INDEX tickets_one_live_per_seat ON tickets (event_id, seat_id) WHERE status <> 'CANCELLED' AND refunded_at IS NULL`,
  ],
};
