import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, ciValues, helm } from './helm.ts';
import { misfits } from './kubeconform.ts';
import { type KubernetesObject, objectsIn } from './objects.ts';
import { beside, closed, minors } from './schemas.ts';

/** What all ci values make, each object once: most are the same in all of them. */
async function everyObject(): Promise<KubernetesObject[]> {
  const rendered = await Promise.all(
    (await ciValues()).map(async ([name, file]) => {
      const { code, output } = await helm(3, 'template', 'hall', chartFolder, '--namespace', 'tickets', '--values', file);
      expect({ name, code }).toEqual({ name, code: 0 });
      return objectsIn(output);
    }),
  );
  return [...new Map(rendered.flat().map((object) => [JSON.stringify(object), object])).values()];
}
const objects = await everyObject();

test.each(minors)('every object of every values file fits Kubernetes %s', async (minor) => {
  expect(objects.length).toBeGreaterThan(150);
  expect(await misfits(objects, minor)).toEqual([]);
});

test('the minors begin with the oldest that the chart lets in', async () => {
  const { kubeVersion } = parse(await readFile(path.join(chartFolder, 'Chart.yaml'), 'utf8'));
  expect(kubeVersion).toContain(`>=${minors[0]}.0-`);
});

describe('what does not fit is found', () => {
  const broken = (kind: string, change: (object: KubernetesObject) => void) => {
    const copy = structuredClone(objects.find((object) => object.kind === kind));
    change(copy);
    return [copy];
  };
  test.each<[what: string, kind: string, change: (object: KubernetesObject) => void, words: RegExp]>([
    ['a field nobody knows', 'Deployment', ({ spec }) => Object.assign(spec, { replica: 2 }), /replica/],
    [
      'a field of a pod nobody knows',
      'Deployment',
      ({ spec }) => Object.assign(spec.template.spec, { serviceAcountName: 'hall' }),
      /serviceAcountName/,
    ],
    ['a word where a number belongs', 'Deployment', ({ spec }) => Object.assign(spec, { replicas: 'two' }), /replicas/],
    ['what must be there is not', 'CronJob', ({ spec }) => delete spec.schedule, /schedule/],
    ['a kind that left Kubernetes', 'CronJob', (object) => Object.assign(object, { apiVersion: 'batch/v1beta1' }), /could not find schema/],
    ['a field of a ServiceMonitor nobody knows', 'ServiceMonitor', ({ spec }) => Object.assign(spec.endpoints[0], { intervall: '15s' }), /intervall/],
    ['a rule without an expression', 'PrometheusRule', ({ spec }) => delete spec.groups[0].rules[0].expr, /expr/],
    ['a route to no port', 'HTTPRoute', ({ spec }) => Object.assign(spec.rules[0].backendRefs[0], { port: 'http' }), /port/],
  ])('%s', async (_, kind, change, words) => {
    const found = await misfits(broken(kind, change), '1.34');
    expect(found.join('\n')).toMatch(words);
  });
});

test('a schema refers to the file beside and to no address, and keeps its fields but not its prose', () => {
  const description = { type: 'string', description: 'What it is.' };
  const text = JSON.stringify({ $id: 'https://example.org/x', properties: { spec: { $ref: '/api/_definitions.json#/x' }, description } });
  expect(JSON.parse(beside(text))).toEqual({ properties: { spec: { $ref: '_definitions.json#/x' }, description: { type: 'string' } } });
});

test('objects with properties are closed, maps and what keeps unknown fields stay open', () => {
  expect(
    closed({
      type: 'object',
      properties: {
        map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
        list: { type: 'array', nullable: true, items: { type: 'object', properties: {} } },
      },
    }),
  ).toEqual({
    type: 'object',
    properties: {
      map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false } },
      any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
      list: { type: ['array', 'null'], items: { type: 'object', properties: {}, additionalProperties: false } },
    },
    additionalProperties: false,
  });
});
