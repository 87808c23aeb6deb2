import * as prom from 'prom-client';

type LabelValues<L extends string> = Partial<Record<L, string | number>>;
export interface Counter<L extends string = string> {
  inc(labels?: LabelValues<L>, by?: number): void;
}
export interface Gauge<L extends string = string> {
  set(value: number): void;
  set(labels: LabelValues<L>, value: number): void;
  /** Forgets every label set; for gauges whose labels come and go. */
  reset(): void;
}
export interface Histogram<L extends string = string> {
  observe(value: number): void;
  observe(labels: LabelValues<L>, value: number): void;
}
/** Runs at each scrape. Slower than a second, or failing: the last value stays. */
export type Collect<L extends string> = (gauge: Gauge<L>) => void | Promise<void>;

/** The metrics of a process. Asking for a name again gives the same metric, so that several parts can share one registry. */
export interface Metrics {
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** Each `collect` given for a name runs. */
  gauge<L extends string>(name: string, help: string, labels?: readonly L[], collect?: Collect<L>): Gauge<L>;
  histogram<L extends string>(name: string, help: string, labels?: readonly L[], buckets?: readonly number[]): Histogram<L>;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
  contentType: string;
}

/** From 1 ms to 10 s. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const collectDeadlineMs = 1_000;

/** A registry of its own, with the process' own metrics (memory, CPU, event loop, garbage collection). */
export function createMetrics(service: string): Metrics {
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  new prom.Gauge({ name: 'boxoffice_process_info', help: 'Which process this is.', labelNames: ['process', 'node'], registers: [registry] }).set(
    { process: service, node: process.version },
    1,
  );
  const collectors: (() => void | Promise<void>)[] = [];
  const known = new Map<string, { kind: string; labels: string; metric: object }>();
  /** The metric of this name, made at first use. */
  const once = <M extends object>(kind: string, name: string, labels: readonly string[], make: () => M): M => {
    const earlier = known.get(name);
    if (!earlier) {
      const metric = make();
      known.set(name, { kind, labels: labels.join(), metric });
      return metric;
    }
    if (earlier.kind !== kind || earlier.labels !== labels.join())
      throw new Error(`${name} is a ${earlier.kind} with the labels "${earlier.labels}" already.`);
    return earlier.metric as M; // same name and kind: made by the same function below
  };
  const options = (name: string, help: string, labels: readonly string[]) => ({ name, help, labelNames: [...labels], registers: [registry] });
  return {
    contentType: registry.contentType,
    counter: (name, help, labels = []) => once('counter', name, labels, () => counterOver(new prom.Counter(options(name, help, labels)))),
    gauge: (name, help, labels = [], collect) => {
      const gauge = once('gauge', name, labels, () => gaugeOver(new prom.Gauge(options(name, help, labels))));
      if (collect) collectors.push(() => collect(gauge));
      return gauge;
    },
    histogram: (name, help, labels = [], buckets = secondsBuckets) =>
      once('histogram', name, labels, () => histogramOver(new prom.Histogram({ ...options(name, help, labels), buckets: [...buckets] }))),
    async text() {
      await Promise.all(collectors.map((collect) => withinASecond(collect)));
      return registry.metrics();
    },
  };
}

const counterOver = (metric: prom.Counter): Counter => ({ inc: (labels = {}, by = 1) => metric.inc(labels, by) });

const gaugeOver = (metric: prom.Gauge): Gauge => ({
  set: (labels: LabelValues<string> | number, value?: number) => (typeof labels === 'number' ? metric.set(labels) : metric.set(labels, value ?? 0)),
  reset: () => metric.reset(),
});

const histogramOver = (metric: prom.Histogram): Histogram => ({
  observe: (labels: LabelValues<string> | number, value?: number) =>
    typeof labels === 'number' ? metric.observe(labels) : metric.observe(labels, value ?? 0),
});

/** A scrape answers even when an engine does not. */
async function withinASecond(collect: () => void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, collectDeadlineMs).unref();
  });
  const collected = (async () => collect())().catch(() => {});
  await Promise.race([collected, late]);
  clearTimeout(timer);
}
