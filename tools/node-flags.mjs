/**
 * How our processes run Node. Node 24 lets the young generation grow to 134 MB on a large machine, which held 40–60 MB of garbage in every idle
 * service (RSS after a journey 137–196 MB, was 160–213 MB). Each collects in its own thread, with one helper: where cores are busy, four come late and stand
 * in everybody's way (1,700 holds a second on two cores, median p99 of 30 loops: 31 → 24 ms; four of a service that idles: 40–70 ms for every hold).
 * The two that every hold goes through get more. No site is pretenured: after one crowd V8 makes what survived it in the old
 * generation for good, where it dies at once and keeps the rest of its request alive (gateway: 9 kB of each, heap 41 → 170 MB, collections 0.5 → 8 ms).
 * So little survives now that 32 MB beat 16 MB: booking 17 % more holds. The old generation is left alone up to 128 MB: while it
 * is collected, marking takes a core for 200 ms. Not up to 192: booking then keeps what an imported plan left (RSS after a journey 163 → 246 MB).
 * Code is optimised after 500 calls instead of 3,000 (200 instead of 400 by the quicker compiler): what runs once per order took 15 s of a sale to get there.
 * Orders a second, of a sale that begins on cold processes: 184 → 144 in its first 4 s, 296 → 268 in the next, 295 → 350 from then on; 2,500 holds a second
 * on cold processes: p90 22 → 11 ms.
 */
export const nodeFlags = (script = '') => [
  '--no-parallel-scavenge',
  '--v8-pool-size=1',
  '--invocation-count-for-turbofan=500',
  '--invocation-count-for-maglev=200',
  ...(/services\/(booking|gateway)\//.test(script)
    ? ['--max-semi-space-size=32', '--no-allocation-site-pretenuring', '--initial-old-space-size=128']
    : ['--max-semi-space-size=8']),
];
