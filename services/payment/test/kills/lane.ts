import { expect } from 'vitest';
import type { BankName } from '../banks.ts';
import { freshStage } from '../stage.ts';
import type { Begun, Ground } from './begun.ts';
import type { Cell, Kind } from './cells.ts';
import { beginRefund } from './order-refunds.ts';
import { servePeers } from './peers.ts';
import { beginSale } from './sales.ts';
import { victimsAt } from './victims.ts';

/** A database, a booking, a ticketing and a provider of its own, where one payment process after the other is killed. */
export interface Lane {
  /** Kills a process in this cell, lets another finish, and answers how it ended; throws when anything does not add up. */
  run(cell: Cell): Promise<string>;
  /** The points a process passes that is not killed. */
  pointsOf(kind: Kind): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a lane; `keys` is a folder of service keys, `ahead` how many processes wait ready. */
export async function openLane({ bank, keys, ahead }: { bank: BankName; keys: string; ahead: number }): Promise<Lane> {
  const stage = await freshStage({ bank });
  const ground: Ground = { stage, healthy: await stage.process() };
  const peers = await servePeers(stage, keys);
  const { grpcPort, ticketingUrl } = peers;
  const victims = victimsAt({ databaseUrl: stage.db.url, grpcPort, ticketingUrl, keys, bank, stripeUrl: stage.bank.url }, ahead);
  const work = async (kind: Kind, kill?: Pick<Cell, 'at' | 'moment'>) => {
    const victim = await victims.next();
    const begun = await begin(ground, kind);
    return { begun, died: await victim.work({ ...begun.work, kill }, begun.created) };
  };
  return {
    async run(cell) {
      const { begun, died } = await work(cell, cell);
      expect(died, 'it never came to that point').toBe('killed');
      return begun.settled();
    },
    async pointsOf(kind) {
      const { begun, died } = await work(kind);
      if (died === 'killed') throw new Error('a process died that nobody killed');
      expect(await begun.settled()).toBe(begun.ends);
      return died.points;
    },
    close: async () => {
      victims.close();
      await peers.close();
      await stage.close();
    },
  };
}

async function begin(ground: Ground, kind: Kind): Promise<Begun> {
  const begun = (await beginSale(ground, kind)) ?? (await beginRefund(ground, kind));
  if (!begun) throw new Error(`there is no scenario ${kind.scenario}`);
  return begun;
}
