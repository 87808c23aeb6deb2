export * from './journey.ts';
export * from './own-organisation.ts';
export * from './people.ts';
export * from './report.ts';
export * from './same-seats.ts';
export * from './smoke-sale.ts';
