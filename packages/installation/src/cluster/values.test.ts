import { expect, test } from 'vitest';
import { imageValues, valuesArgs } from './values.ts';

test.each([
  ['localhost/boxoffice:dev', { registry: 'localhost', repository: 'boxoffice', tag: 'dev' }],
  ['registry.example.org:5000/a/b:1.2_3', { registry: 'registry.example.org:5000', repository: 'a/b', tag: '1.2_3' }],
])('reads the image %s', (reference, parts) => expect(imageValues(reference)).toEqual(parts));

test.each(['boxoffice', 'boxoffice:dev', 'localhost/boxoffice', 'localhost/boxoffice@sha256:00', ''])(
  'refuses %j, and says how it is written',
  (reference) => expect(() => imageValues(reference)).toThrow(/REGISTRY\/NAME:TAG/),
);

test('values become arguments of helm', () =>
  expect(valuesArgs({ booking: { env: { A: 'b, c' } }, replicas: 2 })).toEqual([
    '--set-json',
    'booking={"env":{"A":"b, c"}}',
    '--set-json',
    'replicas=2',
  ]));
