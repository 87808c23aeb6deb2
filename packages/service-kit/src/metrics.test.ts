import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('the same name is the same metric; another kind or other labels are refused', async () => {
  const metrics = createMetrics('test');
  metrics.counter('boxoffice_things_total', 'Things.', ['kind']).inc({ kind: 'a' });
  metrics.counter('boxoffice_things_total', 'Things.', ['kind']).inc({ kind: 'a' }, 2);
  expect(await metrics.text()).toContain('boxoffice_things_total{kind="a"} 3');
  expect(() => metrics.gauge('boxoffice_things_total', 'Things.', ['kind'])).toThrow(/counter/);
  expect(() => metrics.counter('boxoffice_things_total', 'Things.', ['other'])).toThrow(/labels/);
});

test('registries are apart; each has the process and its event loop', async () => {
  const [one, two] = [createMetrics('one'), createMetrics('two')];
  one.counter('boxoffice_only_one_total', 'One.').inc();
  expect(await two.text()).not.toContain('boxoffice_only_one_total');
  expect(await two.text()).toMatch(/boxoffice_process_info\{process="two"/);
  expect(await two.text()).toContain('nodejs_eventloop_lag');
});

test('every part that shares a gauge fills in its own labels at a scrape', async () => {
  const metrics = createMetrics('test');
  for (const pool of ['booking', 'payment']) metrics.gauge('boxoffice_pool_connections', 'Open.', ['pool'], (gauge) => gauge.set({ pool }, 2));
  expect(await metrics.text()).toMatch(/pool="booking"\} 2\n.*pool="payment"\} 2/);
});

test('a scrape answers although a collector fails and another hangs', async () => {
  const metrics = createMetrics('test');
  metrics.gauge('boxoffice_a', 'A.', [], () => Promise.reject(new Error('engine away')));
  metrics.gauge('boxoffice_b', 'B.', [], () => new Promise<void>(() => {}));
  metrics.gauge('boxoffice_c', 'C.', [], (gauge) => gauge.set(7));
  expect(await metrics.text()).toContain('boxoffice_c 7');
});

test('histograms take a bare value or labels', async () => {
  const metrics = createMetrics('test');
  metrics.histogram('boxoffice_h_seconds', 'H.', [], [1, 2]).observe(1.5);
  metrics.histogram('boxoffice_l_seconds', 'L.', ['x'], [1]).observe({ x: 'y' }, 0.5);
  const text = await metrics.text();
  expect(text).toContain('boxoffice_h_seconds_bucket{le="2"} 1');
  expect(text).toContain('boxoffice_l_seconds_bucket{le="1",x="y"} 1');
});
