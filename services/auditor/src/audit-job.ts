import {
  type Books,
  boundedFindings,
  checks,
  type Finding,
  type Looked,
  lookAtAll,
  lookSince,
  type MetricName,
  metrics as names,
  stillSo,
} from '@boxoffice/audit';
import type { Job, Logger, Metrics } from '@boxoffice/service-kit';
import type { LockScan } from './seat-locks.ts';

export type AuditOptions = {
  books: Books;
  everyMs: number;
  fullEveryMs: number;
  logger: Logger;
  metrics: Metrics;
  /** Seat locks, where there is a Redis. */
  locks?: LockScan | undefined;
  /** Messages per dead-letter topic, where there is a Kafka. */
  deadLetters?: (() => Promise<Map<string, number>>) | undefined;
};

/**
 * Looks, counts what is wrong, and says each finding once, and once when it is over. At the first look and every `fullEveryMs` at everything, else at
 * what was said since. A finding stays until a look at just its id no longer sees it. A look that fails changes no gauge: the time of the last success tells.
 */
export function auditJob({ books, everyMs, fullEveryMs, logger, metrics, locks, deadLetters }: AuditOptions): Job {
  const tell = gauges(metrics);
  let known = new Map<string, Finding>();
  let looked: Looked | undefined;
  let ofLocks: Finding[] = [];
  let fullAt = Number.NEGATIVE_INFINITY;
  const run = async () => {
    const began = performance.now();
    const full = looked === undefined || began - fullAt >= fullEveryMs;
    const earlier = await stillSo(books, [...known.values()]);
    const next = full || !looked ? await lookAtAll(books) : await lookSince(books, looked.marks);
    ofLocks = locks ? await locks.look().catch(away(logger, 'seat locks', ofLocks)) : [];
    const found = boundedFindings([...earlier, ...next.findings, ...ofLocks]);
    say(logger, known, found);
    known = found;
    looked = next;
    if (full) fullAt = began;
    tell.findings(found.values());
    tell.looked({ full, seconds: (performance.now() - began) / 1000, subjects: next.subjects });
    if (deadLetters) tell.deadLetters(await deadLetters().catch(away(logger, 'dead-letter topics', new Map<string, number>())));
  };
  return { name: 'audit', everyMs, run };
}

/** Redis and Kafka are no reason to stop looking at the rest. */
const away =
  <T>(logger: Logger, what: string, instead: T) =>
  (err: unknown): T => {
    logger.warn({ err }, `${what} could not be looked at`);
    return instead;
  };

function say(logger: Logger, before: ReadonlyMap<string, Finding>, now: ReadonlyMap<string, Finding>): void {
  for (const [key, { check, subject, what }] of now) {
    const { invariant, means, act } = checks[check];
    if (!before.has(key)) logger.error({ check, subject, invariant, means, act }, `audit: ${what}`);
  }
  for (const [key, { check, subject, what }] of before) if (!now.has(key)) logger.info({ check, subject }, `audit: over: ${what}`);
}

function gauges(metrics: Metrics) {
  const counts = Object.entries(names).map(
    ([name, help]) => [name as MetricName, metrics.gauge(`boxoffice_audit_${name}`, `${help} Must be 0.`)] as const, // the keys of the record
  );
  const success = metrics.gauge('boxoffice_audit_last_success_timestamp_seconds', 'When the last look ended well.');
  const seconds = metrics.histogram('boxoffice_audit_look_seconds', 'How long looks take: at all, or at what is new.', ['kind'], lookBuckets);
  const examined = metrics.counter('boxoffice_audit_subjects_total', 'Seats, sales, tickets and messages that were looked at.');
  const dead = metrics.gauge('boxoffice_audit_dead_letter_messages', 'Messages in dead-letter topics, by topic.', ['topic']);
  return {
    findings: (found: Iterable<Finding>) => {
      const byMetric = Map.groupBy(found, ({ check }) => checks[check].metric);
      for (const [name, gauge] of counts) gauge.set(byMetric.get(name)?.length ?? 0);
    },
    looked: (look: { full: boolean; seconds: number; subjects: number }) => {
      seconds.observe({ kind: look.full ? 'all' : 'new' }, look.seconds);
      examined.inc({}, look.subjects);
      success.set(Date.now() / 1000);
    },
    deadLetters: (depths: Map<string, number>) => {
      dead.reset();
      for (const [topic, depth] of depths) dead.set({ topic }, depth);
    },
  };
}

const lookBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
