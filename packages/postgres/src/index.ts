export { afterCommit, type ConnectOptions, connect, type Database, type Entities, readyCheck, type Tx } from './database.ts';
export { isDataFault, isRetryable, isUniqueViolation } from './errors.ts';
export { type IdempotentCall, idempotencySchema, idempotent, purgeIdempotencyKeys } from './idempotency.ts';
export { type Listener, listen } from './listen.ts';
export type { MigrationList } from './migrate.ts';
export type { Statement } from './pipeline.ts';
export type { Log, PoolState } from './pool.ts';
export { query } from './query.ts';
export { identifier, type Session, withSession } from './session.ts';
