/** One request, as it is sent: a POST with `body`, or a GET without. */
export type LoadRequest = { path: string; body?: string; token?: string };

/** What a loader does. The requests are sent in order, each once; `again` starts over at the end. */
export type LoadSpec = {
  port: number;
  requests: LoadRequest[];
  again: boolean;
  connections: number;
  /** Closed: every connection sends as soon as it is answered. Open: arrivals at a constant rate, whatever the answers do. */
  load: { kind: 'closed' } | { kind: 'open'; perSecond: number };
  /** Not measured, in seconds. */
  warmUp: number;
  /** Measured, in seconds. */
  seconds: number;
  /** Ends after so many requests, before the time is over. */
  upTo?: number;
};

/** Latencies in milliseconds. In an open loop they count from the moment of the arrival, not of the sending. */
export type Latency = { p50: number; p90: number; p99: number; max: number };

/** What was measured. `ok` counts 2xx of the measured time, `okInAll` those of the warm-up too. */
export type LoadResult = {
  seconds: number;
  ok: number;
  okInAll: number;
  /** Requests that were sent. */
  sent: number;
  /** Answers of the measured time by status and refusal: '200', '409 SEAT_ALREADY_HELD', 'no answer'. */
  answers: Record<string, number>;
  latency: Latency;
  /** Processor time of the loader, in seconds. */
  cpu: number;
  /** Ran out of requests before the time was over. */
  exhausted: boolean;
};

/** Orders from the hold to the paid seat: three calls after one another on one connection. Each hold is used once. */
export type OrderSpec = Pick<LoadSpec, 'port' | 'connections' | 'load' | 'warmUp' | 'seconds'> & { holds: LoadRequest[]; card: string };

/** What became of orders. `paid` and `latency` are of the measured time, `paidInAll` of the warm-up too; latencies from the arrival to the last answer, in milliseconds. */
export type OrderResult = Pick<LoadResult, 'seconds' | 'answers' | 'latency' | 'cpu' | 'exhausted'> & {
  paid: number;
  paidInAll: number;
  /** Holds that were sent. */
  sent: number;
  /** When the measured time began, in milliseconds since 1970. */
  beganAt: number;
};
