import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@boxoffice/postgres';
import { z } from 'zod';
import type { PaymentProvider } from './provider.ts';

const share = z.number().min(0).max(1).default(0);
const ms = z.number().int().min(0);

/** What goes wrong at the test provider from now on; what is left out goes right. Shares are of 1: 0.05 is one in twenty. */
export const TestProviderControls = z.strictObject({
  /** For `forMs` (a day at most) this share of the calls fails without having been carried out. */
  down: z
    .strictObject({ forMs: ms.max(86_400_000), share: z.number().min(0).max(1).default(1) })
    .nullable()
    .default(null),
  /** Calls that are carried out and never answered. */
  lostReplies: share,
  /** How much later answers come, in milliseconds. */
  answersLateMs: ms.max(60_000).default(0),
  webhooks: z
    .strictObject({
      /** Off: they wait, and leave when it is on again. */
      on: z.boolean().default(true),
      /** How much later they leave, in milliseconds. */
      lateMs: ms.max(3_600_000).default(0),
      /** Delivered twice. */
      twice: share,
      /** Held back while later ones overtake them. */
      reordered: share,
      /** Accompanied by one that somebody else made up. */
      forged: share,
    })
    .prefault({}),
});
export type TestProviderControls = z.output<typeof TestProviderControls>;

/** The controls as they are at this moment; `down` only while it lasts, with its end. */
export type ControlsNow = Omit<TestProviderControls, 'down'> & { down: { until: Date; share: number } | null };

const nothingWrong = TestProviderControls.parse({});

/** Replaces all controls. */
export async function setControls(db: Database, controls: TestProviderControls): Promise<void> {
  await db.query(
    `INSERT INTO test_provider_controls (controls) VALUES ($1)
     ON CONFLICT (the_only) DO UPDATE SET controls = excluded.controls, set_at = statement_timestamp()`,
    [JSON.stringify(controls)],
  );
}

/** Reads the controls; calls that come while a look is under way share it. */
export function controlsOf(db: Database): () => Promise<ControlsNow> {
  const look = async (): Promise<ControlsNow> => {
    const [row] = await db.query<{ controls: unknown; until: Date; isDown: boolean }>(
      `SELECT controls, until, until > statement_timestamp() AS "isDown" FROM test_provider_controls,
         LATERAL (SELECT set_at + (controls->'down'->>'forMs')::int * interval '1 ms' AS until) u
       WHERE the_only`,
    );
    const { down, ...rest } = row ? TestProviderControls.parse(row.controls) : nothingWrong;
    return { ...rest, down: down && row?.isDown ? { until: row.until, share: down.share } : null };
  };
  let looking: Promise<ControlsNow> | undefined;
  return () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}

/** A share of 1 always happens, one of 0 never. */
export const happens = (share: number): boolean => Math.random() < share;

/** The same provider with its calls failing, silent or late as the controls say: every call that answers later, whatever its name. */
export const underControls = (provider: PaymentProvider, controls: () => Promise<ControlsNow>): PaymentProvider =>
  new Proxy(provider, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || name === 'refuseUnknownMethod') return member;
      return async (request: { deadlineMs?: number }) => {
        const { down, lostReplies, answersLateMs } = await controls();
        if (down && happens(down.share)) throw new Error('the test provider is told to be down');
        const answer: unknown = await member.call(target, request);
        if (happens(lostReplies)) {
          await delay((request.deadlineMs ?? 0) + 1_000, undefined, { ref: false });
          throw new Error('the test provider is told to lose its reply');
        }
        if (answersLateMs > 0) await delay(answersLateMs);
        return answer;
      };
    },
  });
