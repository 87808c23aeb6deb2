import { setTimeout as pause } from 'node:timers/promises';
import { order } from './customers.ts';
import type { Crowd, Me } from './operations.ts';

/** Orders at a constant rate, whatever becomes of the ones before; at most 2,000 under way. */
export async function orders(crowd: Crowd, perSecond: number): Promise<void> {
  const buyers: (Me | undefined)[] = [];
  const underWay = new Set<Promise<boolean>>();
  let begun = 0;
  while (!crowd.stopping()) {
    const due = Math.floor((crowd.now() / 1000) * perSecond);
    for (; begun < due && underWay.size < 2_000; begun++) {
      const one: Promise<boolean> = order(crowd, begun, buyers).finally(() => underWay.delete(one));
      underWay.add(one);
    }
    begun = Math.max(begun, due);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(underWay);
}

/** So many orders at a constant rate; who comes to no hold tries again, five times. Answers how many held seats in the end. */
export async function soManyOrders(crowd: Crowd, { orders: count, rate }: { orders: number; rate: number }): Promise<number> {
  const buyers: (Me | undefined)[] = [];
  const begin = crowd.now();
  const one = async (number: number): Promise<boolean> => {
    await pause(Math.max(0, begin + (number / rate) * 1_000 - crowd.now()));
    for (let attempt = 0; attempt < 6; attempt++) {
      if (await order(crowd, number, buyers)) return true;
      await pause(1_000);
    }
    return false;
  };
  const held = await Promise.all(Array.from({ length: count }, (_, number) => one(number)));
  return held.filter(Boolean).length;
}
