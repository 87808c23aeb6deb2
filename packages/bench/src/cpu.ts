import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ on every Linux

/** Processor time of a process so far, in seconds; 0 when it is gone or this is not Linux. */
function secondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}

/** Processor time of processes and of everything else on the machine from now until `split()`: cores used by name. */
export function watchCpu(pids: Record<string, number>): { split(): Record<string, number> } {
  const begin = performance.now();
  const before = Object.entries(pids).map(([name, pid]) => [name, pid, secondsOf(pid)] as const);
  const busy = busySeconds();
  return {
    split() {
      const seconds = (performance.now() - begin) / 1000;
      const cores = before.map(([name, pid, then]) => [name, (secondsOf(pid) - then) / seconds] as const);
      const known = cores.reduce((sum, [, used]) => sum + used, 0);
      return { ...Object.fromEntries(cores), 'engines and the rest': Math.max(0, (busySeconds() - busy) / seconds - known) };
    },
  };
}

function busySeconds(): number {
  try {
    const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .map(Number);
    return (user + nice + system + irq + softIrq) / ticksPerSecond;
  } catch {
    return 0;
  }
}
