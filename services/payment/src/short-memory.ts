/** Answers that may be a little old: read once per key and `forMs`, whoever asks; one that failed is not remembered. */
export interface ShortMemory<T> {
  of(key: string, read: () => Promise<T>): Promise<T>;
  /** Somebody has just changed what these keys are about. */
  forget(isAbout: (key: string) => boolean): void;
}

/** Things on sale at one moment in one installation; with more of them those read first are read again. */
const most = 1_000;

export function shortMemory<T>(forMs: number): ShortMemory<T> {
  const known = new Map<string, { until: number; answer: Promise<T> }>();
  const ask = (key: string, read: () => Promise<T>) => {
    const answer = read();
    known.delete(key); // last in the order of insertion again
    known.set(key, { until: performance.now() + forMs, answer });
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    answer.catch(() => known.get(key)?.answer === answer && known.delete(key));
    return answer;
  };
  return {
    of: (key, read) => {
      const found = known.get(key);
      return found && performance.now() < found.until ? found.answer : ask(key, read);
    },
    forget: (isAbout) => {
      for (const key of known.keys()) if (isAbout(key)) known.delete(key);
    },
  };
}
