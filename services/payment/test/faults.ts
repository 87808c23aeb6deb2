import { UnknownOutcome } from '@boxoffice/service-kit';

/** What goes wrong at one call: the process stops before or after it (until `resume`), or the request or its reply is lost on the way. */
export const faults = ['stops before', 'stops after', 'request lost', 'reply lost'] as const;
export type Fault = (typeof faults)[number];

/** The outside of one payment process, with every call counted and one of them going wrong. */
export interface FaultyWorld {
  /** Calls made so far, in order: 'authorise', 'confirmSeat' … */
  calls: string[];
  /** From now on the n-th call (0 is the next) goes wrong. */
  breakAt(n: number, fault: Fault): void;
  /** From now on this share of the calls loses its request or its reply. */
  loseSome(share: number, random: () => number): void;
  /** Resolves when a process has stopped at its call. */
  stopped(): Promise<void>;
  /** The stopped process wakes up and goes on as if no time had passed. */
  resume(): void;
  /** Forgets calls and faults. */
  reset(): void;
  /** The same port with its calls seen and broken by this world. */
  around<P extends object>(port: P): P;
}

export function faultyWorld(): FaultyWorld {
  let plan: { at: number; fault: Fault } | undefined;
  let weather: (() => Fault | undefined) | undefined;
  let gate = Promise.withResolvers<void>();
  let stop = Promise.withResolvers<void>();
  const calls: string[] = [];
  const faultNow = (): Fault | undefined => {
    const hit = plan && calls.length - 1 === plan.at;
    return hit ? plan?.fault : weather?.();
  };
  const sleepAtGate = async () => {
    const { promise } = gate;
    stop.resolve();
    await promise;
  };
  return {
    calls,
    breakAt: (n, fault) => {
      plan = { at: calls.length + n, fault };
    },
    loseSome: (share, random) => {
      weather = () => (random() >= share ? undefined : random() < 0.5 ? 'request lost' : 'reply lost');
    },
    stopped: () => stop.promise,
    resume: () => gate.resolve(),
    reset: () => {
      gate.resolve();
      calls.length = 0;
      plan = undefined;
      weather = undefined;
      gate = Promise.withResolvers();
      stop = Promise.withResolvers();
    },
    around: (port) =>
      new Proxy(port, {
        get(target, name, receiver) {
          const member = Reflect.get(target, name, receiver);
          if (typeof member !== 'function' || name === 'refuseUnknownMethod' || name === 'beginPayment') return member;
          return async (...given: unknown[]) => {
            calls.push(String(name));
            const fault = faultNow();
            if (fault === 'stops before') await sleepAtGate();
            if (fault === 'request lost') throw new UnknownOutcome('the request was lost');
            const answer = await member.apply(target, given);
            if (fault === 'stops after') await sleepAtGate();
            if (fault === 'reply lost') throw new UnknownOutcome('the reply was lost');
            return answer;
          };
        },
      }),
  };
}
