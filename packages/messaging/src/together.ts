import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from './transport.ts';

/** Calls with at least this many messages have their own transaction: joining them would only make them wait. */
const manyEnough = 16;
/** The first one waits this long: what one fetch brought of several partitions is handed over one after the other, and would go in two transactions. */
const gatherMs = 2;

type Call<M> = { messages: readonly M[]; delivery: Delivery; dealt: PromiseWithResolvers<void> };

/**
 * Small batches that come while one is under way wait for it and go together: a topic's partitions are fetched apart, and at 300 messages/s each of
 * the six would bring one message, with a transaction and a commit of its own. Partitions share no key, so the order per key stays. What fails as a
 * whole fails for each of those who joined.
 */
export function together<M>(work: (messages: readonly M[], delivery: Delivery) => Promise<void>): typeof work {
  let waiting: Call<M>[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    await sleep(gatherMs);
    for (let [first, ...others] = waiting; first; [first, ...others] = waiting) {
      waiting = [];
      const calls = [first, ...others];
      const messages = calls.flatMap((call) => call.messages);
      await work(messages, joined([first.delivery, ...others.map(({ delivery }) => delivery)])).then(
        () => calls.forEach(({ dealt }) => void dealt.resolve()),
        (error: unknown) => calls.forEach(({ dealt }) => void dealt.reject(error)),
      );
    }
    isRunning = false;
  };
  return (messages, delivery) => {
    if (messages.length >= manyEnough) return work(messages, delivery);
    const dealt = Promise.withResolvers<void>();
    waiting.push({ messages, delivery, dealt });
    if (!isRunning) void run();
    return dealt.promise;
  };
}

/** Beats for all of them; they are of one subscription, and stop with it. */
const joined = (deliveries: readonly [Delivery, ...Delivery[]]): Delivery => ({
  heartbeat: async () => void (await Promise.all(deliveries.map((delivery) => delivery.heartbeat()))),
  stopping: deliveries[0].stopping,
});
