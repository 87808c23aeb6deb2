import type { Figures } from './lanes.ts';
import { type Seen, watched } from './limits.ts';
import type { LoadRequest, LoadResult } from './loader/index.ts';
import type { Product } from './product.ts';
import { quick } from './quick.ts';
import type { Finding } from './report.ts';
import { portOf, type World } from './world.ts';

/** Something that is measured: a file of its own under scenarios/. Throws when the databases do not hold what was answered. */
export type Scenario = { name: string; about: string; run(stage: Stage): Promise<Finding[]> };

export type Service = 'gateway' | 'booking';
export type Run = { service: Service; requests: LoadRequest[]; load: { kind: 'closed' } | { kind: 'open'; perSecond: number } } & Partial<{
  again: boolean;
  connections: number;
  warmUp: number;
  seconds: number;
}>;

/** What scenarios share. */
export interface Stage {
  world: World;
  product: Product;
  say(text: string): void;
  /** How long one measurement takes, in seconds. */
  seconds: number;
  rounds: number;
  /** The lanes of baseline, product and ceilings, interleaved; measured once, by whoever asks first. */
  lanes(): Promise<Figures>;
  /** A load on gateway or booking, with what processes and Postgres did meanwhile. */
  run(run: Run): Promise<LoadResult & { seen: Seen }>;
}

/** Makes the stage; nothing is measured before a scenario asks. */
export function stageOf(world: World, product: Product, options: { rounds: number; seconds: number; say: (text: string) => void }): Stage {
  const { rounds, seconds, say } = options;
  let lanes: Promise<Figures> | undefined;
  return {
    world,
    product,
    say,
    seconds,
    rounds,
    lanes() {
      lanes ??= quick(world, product, { rounds, seconds, say });
      return lanes;
    },
    run({ service, requests, load, ...given }) {
      const spec = { again: false, connections: 128, warmUp: 1, seconds, ...given };
      return watched(eyesOf(world), () => world.loader.run({ ...spec, load, requests, port: portOf(world.system.urlOf(service)) }));
    },
  };
}

/** What `watched` needs to look at. */
export const eyesOf = (world: World) => ({ pids: world.pids(), adminUrl: world.postgres.adminUrl });

/** Throws unless every request was answered, whatever the answer was. */
export function expectAnswers(what: string, { answers, sent }: Pick<LoadResult, 'answers' | 'sent'>): void {
  if (answers['no answer']) throw new Error(`${what}: ${answers['no answer']} of ${sent} requests were not answered`);
}
