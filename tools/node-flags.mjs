/**
 * How our processes run Node. Node 24 lets the young generation grow to 134 MB on a large machine, which held 40–60 MB of garbage in every idle
 * service (RSS after a journey 137–196 MB, was 160–213 MB). The two that every hold goes through get more, and collect it in their own thread: where
 * cores are busy, helping threads come late and a collection took 10–22 ms. 16 MB without them, 32 MB with them: hold p50 at half of the ceiling 5.0 ms
 * and 7.3 ms, p99 36 ms and 49 ms, as many holds and refusals a second.
 */
export const nodeFlags = (script = '') =>
  /services\/(booking|gateway)\//.test(script) ? ['--max-semi-space-size=16', '--no-parallel-scavenge'] : ['--max-semi-space-size=8'];
