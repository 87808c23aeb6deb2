import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder } from './helm.ts';
import type { KubernetesObject } from './objects.ts';
import { chartReadme, chartReadmeFile, tableOf } from './readme.ts';
import { valuesIn } from './values.ts';

const text = await readFile(path.join(chartFolder, 'values.yaml'), 'utf8');
const values: KubernetesObject = parse(text);
const schema: KubernetesObject = JSON.parse(await readFile(path.join(chartFolder, 'values.schema.json'), 'utf8'));

/** A part of the schema with its references followed, and what `allOf` adds. */
function resolved(part: KubernetesObject): KubernetesObject {
  if (!part?.$ref) return part;
  const { $ref, ...own } = part;
  const target = $ref
    .replace('#/', '')
    .split('/')
    .reduce((at: KubernetesObject, name: string) => at?.[name], schema);
  return { ...resolved(target), ...own };
}

/** Names of values, and whether the schema knows them: a map of free keys (`additionalProperties`) is a leaf. */
function unknownIn(value: KubernetesObject, part: KubernetesObject, at: string): string[] {
  const own = resolved(part);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = own?.properties?.[name];
    if (known) return unknownIn(inner, known, `${at}.${name}`);
    return own?.additionalProperties === false || own === undefined ? [`${at}.${name}`] : [];
  });
}

function withoutDefault(part: KubernetesObject, value: KubernetesObject, at: string): string[] {
  const own = resolved(part);
  return Object.entries(own?.properties ?? {}).flatMap(([name, inner]) =>
    value === null || typeof value !== 'object' || !(name in value) ? [`${at}.${name}`] : withoutDefault(inner, value[name], `${at}.${name}`),
  );
}

test('every value is in the schema', () => expect(unknownIn(values, schema, '')).toEqual([]));
test('everything in the schema has a default among the values', () => expect(withoutDefault(schema, values, '')).toEqual([]));

test('every value says what it is for, by itself or by the group it is in', () => {
  expect(valuesIn(text).flatMap(({ path: at, meaning }) => (meaning === undefined ? [at.join('.')] : []))).toEqual([]);
});

test('no comment is lost: each one stands above a value that is told', () => {
  expect(valuesIn(text)).toHaveLength(text.match(/^\s*# -- /gm)?.length ?? 0);
});

test('README.md is what `npm run generate` makes of the values', async () => {
  expect(await readFile(chartReadmeFile, 'utf8')).toBe(await chartReadme());
});

test('values are read with their comments: a group that is told is one value, one that is not is several, what is silent is seen', () => {
  const told = valuesIn('# -- Alone.\na: 1\nb:\n  # -- Inside.\n  c: ""\n  d: [x]\n# -- A group.\ne: {f: {g: 1}}\n# Not one of ours.\nh: |\n  x\n');
  expect(told).toEqual([
    { path: ['a'], byDefault: 1, meaning: 'Alone.' },
    { path: ['b', 'c'], byDefault: '', meaning: 'Inside.' },
    { path: ['b', 'd'], byDefault: ['x'], meaning: undefined },
    { path: ['e'], byDefault: { f: { g: 1 } }, meaning: 'A group.' },
    { path: ['h'], byDefault: 'x\n', meaning: undefined },
  ]);
});

test('a table keeps what would end its cells', () => {
  expect(tableOf([{ path: ['a', 'b|c'], byDefault: 'x|y', meaning: 'One | or <the other>, `<so>`.' }])).toContain(
    '| `a.b\\|c` | `x\\|y` | One \\| or &lt;the other>, `<so>`. |',
  );
});
