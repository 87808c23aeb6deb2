import { expect, test } from 'vitest';
import { createBoundedQueue } from './bounded-queue.ts';

const full = (seconds: number) => new Error(`wait ${seconds}`);

test('never runs more at once than it may, and keeps the order', async () => {
  const queue = createBoundedQueue({ concurrency: 2, queue: 100, full });
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const task = (id: number) => async () => {
    order.push(id);
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    if (id % 5 === 0) throw new Error('a task may fail');
  };
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, id) => queue.run(task(id))));
  expect(order).toEqual(Array.from({ length: 50 }, (_, id) => id));
  expect(most).toBe(2);
  expect(results.filter((result) => result.status === 'rejected')).toHaveLength(10);
  expect(queue.waiting()).toBe(0);
});

test('is empty again after it was full', async () => {
  const queue = createBoundedQueue({ concurrency: 1, queue: 0, full });
  const first = queue.run(async () => 'first');
  await expect(queue.run(async () => 'second')).rejects.toThrow('wait 1');
  expect(await first).toBe('first');
  expect(await queue.run(async () => 'third')).toBe('third');
});
