/**
 * How our processes run Node. A young generation of 16 MB: Node 24 lets it grow to 134 MB on a large machine, which held 40–60 MB of garbage
 * in every idle service (RSS after a journey 137–196 MB, was 160–213 MB).
 */
export const nodeFlags = ['--max-semi-space-size=8'];
