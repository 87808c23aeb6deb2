export * from './journey.ts';
export * from './people.ts';
export * from './report.ts';
export * from './same-seats.ts';
