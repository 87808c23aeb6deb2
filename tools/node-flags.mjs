/**
 * How our processes run Node. Node 24 lets the young generation grow to 134 MB on a large machine, which held 40–60 MB of garbage in every idle
 * service (RSS after a journey 137–196 MB, was 160–213 MB). The two that every hold goes through get more, and collect it in their own thread: where
 * cores are busy, helping threads come late and a collection took 10–22 ms. No site is pretenured: after one crowd V8 makes what survived it in the old
 * generation for good, where it dies at once and keeps the rest of its request alive (gateway: 9 kB of each, heap 41 → 170 MB, collections 0.5 → 8 ms).
 * So little survives now that 32 MB beat 16 MB: booking 17 % more holds. The old generation is left alone up to 192 MB: while it
 * is collected, marking threads take the cores for 200 ms; one of them instead of four is less in the way (1,700 holds a second on two cores, median p99 of
 * 30 loops: 31 → 24 ms).
 */
export const nodeFlags = (script = '') =>
  /services\/(booking|gateway)\//.test(script)
    ? ['--max-semi-space-size=32', '--no-parallel-scavenge', '--no-allocation-site-pretenuring', '--initial-old-space-size=192', '--v8-pool-size=1']
    : ['--max-semi-space-size=8'];
