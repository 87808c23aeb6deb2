import { v5 } from 'uuid';
import { expect, test } from 'vitest';
import { derivedId, newId } from './ids.ts';

test('a namespace that is no UUID is refused', () => {
  for (const namespace of ['', 'customer', '0193a000-0000-7000-8000-00000000000', 'z193a000-0000-7000-8000-000000000001'])
    expect(() => derivedId(namespace, 'name')).toThrow(TypeError);
});

test('a derived id is the UUID of version 5 that everybody else makes of the same name', () => {
  // RFC 9562, appendix A.4
  expect(derivedId('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  for (const name of ['', 'holdSeats 1', 'é€😀', 'x'.repeat(500)])
    for (const namespace of [newId(), newId().toUpperCase(), newId()]) expect(derivedId(namespace, name)).toBe(v5(name, namespace));
});

test('ids of one process rise', () => {
  const ids = Array.from({ length: 5_000 }, newId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
