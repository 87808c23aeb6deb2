/**
 * Vacuum at the server's own pace (by default 2 ms of rest for each 200 pages it looks at, or 10 it changes) instead of without any: on two cores it was in the
 * way of every hold for a third of a second each minute. 1,700 holds a second while
 * it ran: p90 23 → 15 ms, p99 66 → 27 ms (medians of six and three loops of 4 s).
 */
export const gentleVacuum = {
  name: '0005-gentle-vacuum',
  up: ['ALTER TABLE seats RESET (autovacuum_vacuum_cost_delay)', 'ALTER TABLE seat_reservations RESET (autovacuum_vacuum_cost_delay)'],
};
