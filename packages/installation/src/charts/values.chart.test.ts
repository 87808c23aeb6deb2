import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder } from './helm.ts';
import type { KubernetesObject } from './objects.ts';

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
  const lines = text.split('\n');
  const groups: { indent: number; isTold: boolean }[] = [];
  const silent = lines.flatMap((line, at) => {
    const [, space = '', name] = /^(\s*)([\w.-]+):(\s|$)/.exec(line) ?? [];
    if (name === undefined) return [];
    while ((groups.at(-1)?.indent ?? -1) >= space.length) groups.pop();
    const isTold = groups.some((group) => group.isTold) || /# --/.test(lines[at - 1] ?? '') || /^\s*#/.test(lines[at - 1] ?? '');
    groups.push({ indent: space.length, isTold });
    const isGroup = (lines[at + 1] ?? '').search(/\S/) > space.length;
    return isTold || isGroup ? [] : [`${at + 1}: ${line.trim()}`];
  });
  expect(silent).toEqual([]);
});
