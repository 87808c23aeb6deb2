import type { Chance } from '@boxoffice/testing/chance';
import { type Trouble, tellBank } from '../bank.ts';
import type { Fault } from './types.ts';

const trouble = (name: string, seen: string, of: (chance: Chance) => Trouble): Fault => ({
  class: 'F14',
  name,
  seen,
  lasts: [1_000, 4_000],
  async begin(world, chance) {
    const now = of(chance);
    await tellBank(world, now);
    return { on: JSON.stringify(now), end: () => tellBank(world, {}) };
  },
});

/** Faults of the payment provider; a quarter of the customers' cards do more of it in every run. */
export const providerFaults: Fault[] = [
  trouble('the provider is unreachable', 'payments are PENDING; the reconciler asks later', () => ({ down: { forMs: 10_000 } })),
  trouble('the provider fails now and then', 'slow payments', (chance) => ({ down: { forMs: 10_000, share: chance.between(1, 5) / 10 } })),
  trouble('replies of the provider are lost', 'slow payments, none captured twice', (chance) => ({ lostReplies: chance.between(1, 5) / 10 })),
  trouble('the provider is late', 'PENDING answers; late ones find their payment decided', (chance) => ({
    answersLateMs: chance.between(200, 4_000),
  })),
  trouble('webhooks come twice, late and in another order', 'nothing: they are hints', (chance) => ({
    webhooks: { twice: 0.5, reordered: 0.5, lateMs: chance.between(0, 2_000) },
  })),
  trouble('forged webhooks', 'each is refused', () => ({ webhooks: { forged: 0.8 } })),
  trouble('webhooks stay away', 'nothing: the reconciler asks', () => ({ webhooks: { on: false } })),
];
