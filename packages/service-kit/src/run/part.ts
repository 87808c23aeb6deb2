import type { ServiceName } from '@boxoffice/contracts';
import type { RequestHandler } from 'express';
import type { CallerReader } from '../callers/caller-reader.ts';
import type { ServiceIdentity } from '../callers/service-keys.ts';
import type { HotHandler } from '../http/fast-path.ts';
import type { Route } from '../http/routes.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

/** Something that runs as long as the process: a consumer, a relay, a server. */
export interface Worker {
  name: string;
  start(): Promise<void>;
  /** Finishes what is under way. */
  stop(): Promise<void>;
}

/** Something that is done again and again; never twice at once. */
export interface Job {
  name: string;
  /** Pause between two runs, in milliseconds. */
  everyMs: number;
  run(): Promise<unknown>;
}

/** One service, composed: what it answers and what runs beside that. A process has one; standalone has all. */
export interface Part<Api extends object = object> {
  name: ServiceName;
  /** Namespace → implementation, as the router's context wants it. */
  api: Api;
  routes: Route[];
  jobs: Job[];
  workers: Worker[];
  /** Throws with the reason while it cannot serve: own schema old, own database away. Redis or Kafka away is no reason. */
  ready(): Promise<void>;
  /** Pools and transports; called last. */
  close(): Promise<void>;
  /** Run before routes and procedures. */
  before?: RequestHandler[];
  /** Asked first for every request. */
  hot?: HotHandler;
  /** Reads callers instead of the platform's reader. */
  callers?: CallerReader;
}

/** What a process gives to the service it runs. */
export interface Platform {
  logger: Logger;
  metrics: Metrics;
  callers: CallerReader;
  self: ServiceIdentity;
}
