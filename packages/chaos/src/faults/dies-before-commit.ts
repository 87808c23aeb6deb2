import { setTimeout as pause } from 'node:timers/promises';
import { isCommit } from './network.ts';
import { startAgain } from './processes.ts';
import type { Fault } from './types.ts';

const withinMs = 5_000;

/** F15: a consumer has done everything for its messages but COMMIT, and dies. Nearly all transactions of these two are a consumer's. */
export const diesBeforeCommit: Fault = {
  class: 'F15',
  name: 'a consumer dies between effect and commit',
  seen: 'tickets and mails late, none twice',
  lasts: [0, 1_000],
  async begin(world, chance) {
    const service = chance.oneOf(['ticketing', 'notification-analytics'] as const);
    const way = world.proxies.get(`postgres of ${service}`);
    const consumer = world.system.processes[service];
    const caught = new Promise<boolean>((resolve) => {
      const dies = () => {
        consumer.signal('SIGKILL');
        resolve(true);
      };
      way?.holdUp(isCommit, dies);
    });
    const isDead = await Promise.race([caught, pause(withinMs, false)]);
    way?.holdUp();
    if (!isDead) throw new Error(`${service} committed nothing within ${withinMs} ms`);
    await consumer.exited;
    return { on: service, end: () => startAgain(world, service) };
  },
};
