import { isRefusal } from '@boxoffice/contracts';
import { expect, it } from 'vitest';
import { refuseOtherWish } from './admission.ts';

const place = { eventId: 'e', section: 'Yard', rowLabel: '' };

it.each([
  ['as many places of the same area', [place, place], undefined],
  ['fewer', [place], 'IDEMPOTENCY_KEY_REUSED'],
  ['more', [place, place, place], 'IDEMPOTENCY_KEY_REUSED'],
  ['places of another area', [place, { ...place, section: 'Pit' }], 'IDEMPOTENCY_KEY_REUSED'],
  ['places of another event', [{ ...place, eventId: 'f' }, place], 'IDEMPOTENCY_KEY_REUSED'],
  ['seats of a section with that name', [place, { ...place, rowLabel: 'A' }], 'IDEMPOTENCY_KEY_REUSED'],
])('a reservation with %s is the same one, or its key was used for another', (_, before, code) => {
  let told: string | undefined;
  try {
    refuseOtherWish(before, { eventId: 'e', area: 'Yard', quantity: 2 });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    told = error.refusal.code;
  }
  expect(told).toBe(code);
});
