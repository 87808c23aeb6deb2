export { startAuditor } from './auditor.ts';
export { anyone, asMember, asServiceCaller, asUser } from './callers.ts';
export { type TestDatabaseOptions, testDatabase } from './database.ts';
export { databasesFor } from './databases.ts';
export { kafkaBrokers, postgresServer, redisUrl } from './engines.ts';
export { eventually } from './eventually.ts';
export { type KafkaServer, startKafka } from './kafka.ts';
export { freePort } from './ports.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { answers, type OwnProcess, type ProcessOptions, residentBytes, startProcess } from './process.ts';
export { preparePrometheus } from './prometheus.ts';
export { type RedisServer, startRedis } from './redis.ts';
export { prepareStripeMock, startStripeMock } from './stripe-mock.ts';
export {
  type StripeIntent,
  type StripeRefund,
  type StripeRequest,
  type StripeServer,
  type StripeTrouble,
  startStripeServer,
  stripeMethods,
} from './stripe-server.ts';
export { type ServiceProcess, type System, type SystemOptions, startSystem } from './system.ts';
