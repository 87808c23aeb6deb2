/**
 * Room on each page for a second version of every seat on it, held (164 bytes instead of 128): neighbours are wanted together, in one batch, where nothing can
 * be pruned. With fillfactor 60 there was room for two of three; the third moved to another page, and that costs an entry in each of the four indexes.
 * Seats written from now on; older events are as they were.
 */
export const roomForHolds = {
  name: '0004-room-for-holds',
  up: ['ALTER TABLE seats SET (fillfactor = 42)'],
};
