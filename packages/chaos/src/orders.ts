import { order } from './customers.ts';
import type { Crowd, Me } from './operations.ts';

/** Orders at a constant rate, whatever becomes of the ones before; at most 2,000 under way. */
export async function orders(crowd: Crowd, perSecond: number): Promise<void> {
  const buyers: (Me | undefined)[] = [];
  const underWay = new Set<Promise<void>>();
  let begun = 0;
  while (!crowd.stopping()) {
    const due = Math.floor((crowd.now() / 1000) * perSecond);
    for (; begun < due && underWay.size < 2_000; begun++) {
      const one: Promise<void> = order(crowd, begun, buyers).finally(() => underWay.delete(one));
      underWay.add(one);
    }
    begun = Math.max(begun, due);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(underWay);
}
