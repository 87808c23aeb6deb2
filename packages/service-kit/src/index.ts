export { type Batcher, type BatcherOptions, createBatcher, Failed } from './batcher.ts';
export { asService, onlyFrom } from './callers/as-service.ts';
export { type CallerReader, createCallerReader, userAudience, userIssuer } from './callers/caller-reader.ts';
export {
  generateServiceKeys,
  loadServiceIdentity,
  newServiceKey,
  PrivateKey,
  type ServiceIdentity,
  type ServiceKeys,
  trustFileOf,
} from './callers/service-keys.ts';
export { isSignedBy, loadDocumentSigner, loadTrustedKeys } from './callers/signatures.ts';
export { jwksOf, type KeySetSource } from './callers/user-keys.ts';
export { type CircuitBreaker, circuitBreaker } from './circuit-breaker.ts';
export { ConfigFault, commonConfig, configTable, loadConfig, type ServiceConfig } from './config.ts';
export {
  createSealer,
  generateSecretKey,
  keyRingOf,
  openBytes,
  type Place,
  type Sealed,
  type Sealer,
  SecretKey,
  sealBytes,
} from './crypto/sealer.ts';
export { csvOf } from './csv.ts';
export { type GrpcClientOptions, grpcClient } from './grpc/client.ts';
export { inProcessGrpc } from './grpc/in-process.ts';
export { type GrpcServerOptions, grpcServer } from './grpc/server.ts';
export { type GrpcClient, type GrpcImplementation, UnknownOutcome } from './grpc/types.ts';
export { discardBody, readBody } from './http/body.ts';
export { type EventStream, openEventStream } from './http/event-stream.ts';
export { type HotHandler, isPlainMutation, maxCallBytes } from './http/fast-path.ts';
export { type Problem, problemOf, sendProblem } from './http/problem.ts';
export { type Route, type RouteCall, type RouteRequest, userOf } from './http/routes.ts';
export { type HttpServer, type HttpServerOptions, httpServer } from './http/server.ts';
export { derivedId, newId } from './ids.ts';
export { createLogger, type Logger } from './logger.ts';
export { type Collect, type Counter, createMetrics, type Gauge, type Histogram, type Metrics } from './metrics.ts';
export { observed } from './observed.ts';
export { type RemoteOptions, remote } from './remote.ts';
export { runJobs } from './run/jobs.ts';
export { metricsServer } from './run/metrics-server.ts';
export type { Job, Part, Platform, Worker } from './run/part.ts';
export { type RunningParts, runParts } from './run/parts.ts';
export { runService, type ServiceOptions } from './run/run-service.ts';
export { exitOnUncaught, stopOnSignals } from './run/shutdown.ts';
