import { expect, test } from 'vitest';
import { filesOf, targetsOf } from './prometheus-config.ts';

const serviceMonitor = {
  spec: {
    selector: { matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['booking', 'gateway'] }] },
    endpoints: [
      {
        ...{ port: 'metrics', path: '/metrics', interval: '15s', scrapeTimeout: '10s' },
        relabelings: [{ action: 'replace', targetLabel: 'installation', replacement: 'tickets/hall' }],
      },
    ],
  },
};
const podOf = (component: string, ports: object[]) => ({
  kind: 'Pod',
  metadata: { name: `hall-${component}-x`, namespace: 'tickets', labels: { 'app.kubernetes.io/component': component } },
  spec: { containers: [{ ports }] },
  status: { podIP: '10.0.0.1' },
});
const booking = podOf('booking', [
  { name: 'http', containerPort: 8001 },
  { name: 'metrics', containerPort: 9101 },
]);

test('a pod of a component that is watched is a target, by its port for metrics and with its labels', () => {
  expect(targetsOf(serviceMonitor, [booking, podOf('postgres', [])])).toEqual([
    { targets: ['10.0.0.1:9101'], labels: { installation: 'tickets/hall', component: 'booking', namespace: 'tickets', pod: 'hall-booking-x' } },
  ]);
});

test('a pod without that port is named', () =>
  expect(() => targetsOf(serviceMonitor, [podOf('gateway', [])])).toThrow('hall-gateway-x has no port metrics'));

test('Prometheus scrapes as often as the ServiceMonitor says', () => {
  const files = filesOf({ serviceMonitor, rules: { spec: { groups: [] } } }, [booking]);
  expect(JSON.parse(files['prometheus.yml']).global).toEqual({ scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' });
  expect(JSON.parse(files['rules.json'])).toEqual({ groups: [] });
});
