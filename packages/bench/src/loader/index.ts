import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { LoadResult, LoadSpec, OrderResult, OrderSpec } from './spec.ts';

export type { Latency, LoadRequest, LoadResult, LoadSpec, OrderResult, OrderSpec } from './spec.ts';

/** A loader in a process of its own; runs one load at a time. */
export interface Loader {
  pid: number;
  run(spec: LoadSpec): Promise<LoadResult>;
  /** Whole orders: hold, create a payment, pay. */
  order(spec: OrderSpec): Promise<OrderResult>;
  stop(): void;
}

/** Starts a loader. */
export function startLoader(): Loader {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'process.ts'), { serialization: 'advanced', stdio: 'inherit' });
  return {
    pid: child.pid ?? 0,
    run: (spec) => answerTo<LoadResult>(child, spec),
    order: (spec) => answerTo<OrderResult>(child, spec),
    stop: () => void child.kill(),
  };
}

const answerTo = <T>(child: ChildProcess, spec: object): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the loader ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message: { result?: T; error?: string }) => {
      child.off('exit', ended);
      if (message.result) resolve(message.result);
      else reject(new Error(message.error));
    });
    child.send(spec);
  });
