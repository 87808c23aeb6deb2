/**
 * A payment's moves stay on its page and need no new entry in any index: none is over `step` any more, and half of each page is left for the payments of one
 * batch, which all move at once. Of four moves two change what is indexed (when it is due, that it is over).
 */
export const movesInPlace = {
  name: '0009-moves-in-place',
  up: [
    // First the new one, under a name of its own: that stops writers only, and readers no longer than the rest takes.
    `CREATE INDEX transactions_by_hand ON transactions (event_id, user_id) WHERE status = 'PENDING' AND method <> 'online'`,
    'DROP INDEX transactions_unpaid',
    'ALTER TABLE transactions SET (fillfactor = 50)',
    'ALTER TABLE payment_steps SET (fillfactor = 50)',
  ],
};
