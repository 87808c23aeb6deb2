export { type AuditedService, auditedServices, type Books, type Finding, type Sql } from './books.ts';
export { type Check, type CheckName, checkNames, checks, type MetricName, metrics } from './catalogue.ts';
export { type EventFigures, figuresOf } from './event-figures.ts';
export type { Marks } from './feed.ts';
export { boundedFindings, keyOf, type Looked, lookAtAll, lookSince, stillSo } from './look.ts';
export { locksWithoutOwner } from './seats.ts';
