/** Wheelchair places and the seats kept for those who come along. The column is the last and never changes: the table is not rewritten, updates stay HOT. */
export const seatKinds = {
  name: '0002-seat-kinds',
  up: [
    `CREATE TYPE seat_kind AS ENUM ('standard', 'accessible', 'companion')`,
    `ALTER TABLE seats ADD COLUMN kind seat_kind NOT NULL DEFAULT 'standard'`,
  ],
};
