import { isRefusal } from '@boxoffice/contracts';
import { describe, expect, it, vi } from 'vitest';
import { gate } from '../test/fixture.ts';
import { type BatcherOptions, createBatcher, Failed } from './batcher.ts';
import { createMetrics } from './metrics.ts';

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/** A batcher of numbers that answers their doubles, and what it was given. */
function doubling(options: Partial<BatcherOptions<number, number>> = {}) {
  const batches: number[][] = [];
  let now = 0;
  let most = 0;
  const batcher = createBatcher<number, number>({
    name: 'test',
    run: async (items) => {
      batches.push([...items]);
      now += 1;
      most = Math.max(most, now);
      await later();
      now -= 1;
      return items.map((item) => item * 2);
    },
    ...options,
  });
  return { batcher, batches, most: () => most };
}

/** A batcher whose batches stay under way until `release`, and what it was given. */
function blocked(options: Partial<BatcherOptions<number, number>>) {
  const batches: number[][] = [];
  const { promise, resolve } = gate();
  const run = async (items: readonly number[]) => {
    batches.push([...items]);
    await promise;
    return items;
  };
  return { batcher: createBatcher<number, number>({ name: 'test', run, ...options }), batches, release: resolve };
}

describe('batcher', () => {
  it('gathers what comes in one turn, answers each its own result', async () => {
    const { batcher, batches } = doubling();
    expect(await Promise.all([1, 2, 3].map(batcher.push))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('answers each its own when one failed beside others that did not', async () => {
    const { batcher } = doubling({ run: async (items) => items.map((item) => (item === 2 ? new Failed(new Error('two')) : item * 2)) });
    expect(await Promise.allSettled([1, 2, 3].map(batcher.push))).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: new Error('two') },
      { status: 'fulfilled', value: 6 },
    ]);
  });

  it('starts a full batch that waits before it answers the one that comes back', async () => {
    const told: string[] = [];
    const run = async (items: readonly number[]) => {
      told.push(`run ${items.join()}`);
      await later();
      return items;
    };
    const { push } = createBatcher<number, number>({ name: 'test', run, size: 2, inFlight: 1 });
    await Promise.all([1, 2, 3, 4].map(async (item) => told.push(`answered ${await push(item)}`)));
    expect(told).toEqual(['run 1,2', 'run 3,4', 'answered 1', 'answered 2', 'answered 3', 'answered 4']);
  });

  it('keeps to its size and to the number of batches under way', async () => {
    const { batcher, batches, most } = doubling({ size: 4, inFlight: 2 });
    await Promise.all(Array.from({ length: 30 }, (_, i) => batcher.push(i)));
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(4);
    expect(most()).toBe(2);
    expect(batches.flat()).toHaveLength(30);
  });

  it('starts beside others only what is worth a batch, else waits for one that comes back', async () => {
    const { batcher, batches, release } = blocked({ size: 8, beside: 3, lingerMs: 60_000 });
    const first = batcher.push(0);
    await later();
    const more = [1, 2].map(batcher.push);
    await later();
    expect(batches).toEqual([[0]]);
    more.push(batcher.push(3));
    await later();
    expect(batches).toEqual([[0], [1, 2, 3]]);
    const last = batcher.push(4);
    await later();
    expect(batches).toHaveLength(2);
    release();
    expect(await Promise.all([first, ...more, last])).toEqual([0, 1, 2, 3, 4]);
    expect(batches).toEqual([[0], [1, 2, 3], [4]]);
  });

  it('starts beside others what waited long enough, however little it is', async () => {
    const { batcher, batches, release } = blocked({ beside: 2, lingerMs: 20 });
    const answers = [batcher.push(0)];
    await later();
    const pushedAt = performance.now();
    answers.push(batcher.push(1));
    await vi.waitFor(() => expect(batches).toEqual([[0], [1]]));
    expect(performance.now() - pushedAt).toBeGreaterThanOrEqual(19); // a timer may be early by less than 1 ms
    release();
    await Promise.all(answers);
  });

  it('never has two items of one key under way, and keeps their order', async () => {
    const underWay = new Set<number>();
    const order: number[] = [];
    const { batcher } = doubling({
      size: 4,
      apart: (item) => String(item % 3),
      run: async (items) => {
        for (const item of items) {
          if (underWay.has(item % 3)) throw new Error('together');
          underWay.add(item % 3);
          order.push(item);
        }
        await later();
        for (const item of items) underWay.delete(item % 3);
        return items.map((item) => item);
      },
    });
    await Promise.all(Array.from({ length: 12 }, (_, i) => batcher.push(i)));
    for (const key of [0, 1, 2]) expect(order.filter((item) => item % 3 === key)).toEqual([0, 1, 2, 3].map((n) => n * 3 + key));
  });

  it('lets a poisoned item fail alone', async () => {
    const { batcher } = doubling({
      run: async (items) => {
        if (items.includes(13)) throw new Error('poison');
        return items.map((item) => item * 2);
      },
    });
    const results = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => batcher.push(i)));
    expect(results.flatMap((result, i) => (result.status === 'rejected' ? [i] : []))).toEqual([13]);
  });

  it('answers a good half before the other is tried', async () => {
    const told: number[] = [];
    const toldBefore = new Map<string, number>();
    const { batcher } = doubling({
      run: async (items) => {
        await new Promise(setImmediate); // a statement takes its time
        toldBefore.set(items.join(), told.length);
        if (items.includes(3)) throw new Error('poison');
        return items.map((item) => item * 2);
      },
    });
    const all = [0, 1, 2, 3].map((item) => batcher.push(item).then((answer) => told.push(answer)));
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(toldBefore.get('2,3')).toBe(2);
  });

  it('does not try again and again what no item is to blame for', async () => {
    let runs = 0;
    const { batcher } = doubling({
      blames: () => false,
      run: async () => {
        runs += 1;
        throw new Error('the database is away');
      },
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map(batcher.push));
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(runs).toBe(1);
  });

  it('fails when there are fewer answers than items', async () => {
    const { batcher } = doubling({ run: async () => [] });
    await expect(batcher.push(1)).rejects.toThrow('0 answers to 1 items');
  });

  it('refuses OVERLOADED when too many wait', async () => {
    const { batcher } = doubling({ maxQueue: 3 });
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(batcher.push));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const last = results[4];
    expect(last?.status === 'rejected' && isRefusal(last.reason) && last.reason.refusal.code).toBe('OVERLOADED');
  });

  it('refuses OVERLOADED to what waited past its deadline, also behind its own key, and goes on', async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tried: number[] = [];
    const { batcher } = doubling({
      size: 1,
      inFlight: 1,
      deadlineMs: 20,
      apart: (item) => String(item % 2),
      run: async (items) => {
        tried.push(...items);
        await blocked;
        return items.map((item) => item);
      },
    });
    const first = batcher.push(1);
    await later();
    const results = await Promise.allSettled([batcher.push(2), batcher.push(3), batcher.push(4)]);
    expect(results.map((result) => result.status === 'rejected' && isRefusal(result.reason) && result.reason.refusal.code)).toEqual([
      'OVERLOADED',
      'OVERLOADED',
      'OVERLOADED',
    ]);
    release();
    expect(await first).toBe(1);
    expect(await Promise.all([batcher.push(5), batcher.push(6)])).toEqual([5, 6]);
    expect(tried.toSorted()).toEqual([1, 5, 6]);
  });

  it('tells how long its batches take, also those that fail', async () => {
    const metrics = createMetrics('test');
    const run = async (items: readonly number[]) => {
      await later();
      if (items.includes(2)) throw new Error('not this one');
      return items;
    };
    const { batcher } = doubling({ size: 1, metrics, run });
    expect((await Promise.allSettled([1, 2, 3].map(batcher.push))).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await batcher.drain();
    const text = await metrics.text();
    expect(text).toContain('boxoffice_batch_seconds_count{batch="test"} 3');
    expect(Number(/boxoffice_batch_seconds_sum\{batch="test"\} (\S+)/.exec(text)?.[1])).toBeGreaterThan(0.003);
  });

  it('drains: resolves when nothing waits and nothing is under way', async () => {
    const { batcher } = doubling({ size: 2, inFlight: 1 });
    await batcher.drain();
    let answered = 0;
    for (let i = 0; i < 6; i += 1) void batcher.push(i).then(() => (answered += 1));
    await batcher.drain();
    await later();
    expect(answered).toBe(6);
  });
});
