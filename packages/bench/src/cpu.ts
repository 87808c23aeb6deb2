import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** Engines by the name of their program: Postgres is as many processes as connections, Kafka is a JVM. */
const engines: Record<string, string> = { postgres: 'Postgres', 'redis-server': 'Redis', java: 'Kafka' };

/** Processor time of the engines on this machine so far, in seconds, by process id: a connection that ends takes its time with it. */
function engineSeconds(): Map<string, { engine: string; seconds: number }> {
  const found = new Map<string, { engine: string; seconds: number }>();
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const engine = engines[programOf(pid)];
      if (engine) found.set(pid, { engine, seconds: secondsOf(Number(pid)) });
    }
  } catch {
    // not Linux: they are counted with the rest
  }
  return found;
}

function programOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // has ended
  }
}

/** Processor time of processes, of the engines and of everything else on the machine from now until `split()`: cores used by name. */
export function watchCpu(pids: Record<string, number>): { split(): Record<string, number> } {
  const begin = performance.now();
  const before = Object.entries(pids).map(([name, pid]) => [name, pid, secondsOf(pid)] as const);
  const enginesBefore = engineSeconds();
  const busy = busySeconds();
  return {
    split() {
      const seconds = (performance.now() - begin) / 1000;
      const cores: Record<string, number> = Object.fromEntries(before.map(([name, pid, then]) => [name, (secondsOf(pid) - then) / seconds]));
      for (const [pid, { engine, seconds: used }] of engineSeconds())
        cores[engine] = (cores[engine] ?? 0) + (used - (enginesBefore.get(pid)?.seconds ?? 0)) / seconds;
      const known = Object.values(cores).reduce((sum, used) => sum + used, 0);
      return { ...cores, 'the rest': Math.max(0, (busySeconds() - busy) / seconds - known) };
    },
  };
}

/** Waits until this machine does less than a fifth of a core's work, 5 s at most: nobody is to pay for what was measured before. */
export async function calm(): Promise<void> {
  const end = performance.now() + 5_000;
  for (let busy = 1; busy > 0.2 && performance.now() < end; ) {
    const [before, since] = [busySeconds(), performance.now()];
    await sleep(250);
    busy = (busySeconds() - before) / ((performance.now() - since) / 1000);
  }
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
