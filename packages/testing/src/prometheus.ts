import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath, installByApt } from './engines/install.ts';
import { freePort } from './engines/port.ts';
import { startServer } from './engines/process.ts';

/** Finds `prometheus` and `promtool`, or gets them (apt where we are root); throws an Error that says what to install. Answers their paths. */
export async function preparePrometheus(): Promise<{ prometheus: string; promtool: string }> {
  const found = () => {
    const [prometheus, promtool] = [findOnPath('prometheus'), findOnPath('promtool')];
    return prometheus && promtool ? { prometheus, promtool } : undefined;
  };
  const installed = found() ?? ((await installByApt('prometheus').catch(() => false)) ? found() : undefined);
  if (!installed) throw new Error('no Prometheus: install prometheus and promtool (apt-get install prometheus, brew install prometheus)');
  return installed;
}

/** A Prometheus of our own. */
export interface PrometheusServer {
  url: string;
  /** Ends it and forgets what it has seen. */
  stop(): Promise<void>;
}

/** Starts Prometheus on 127.0.0.1 with this configuration file, and waits until it answers (0.2 s). */
export async function startPrometheus(configFile: string): Promise<PrometheusServer> {
  const { prometheus } = await preparePrometheus();
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-prometheus-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${configFile}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${url.slice('http://'.length)}`];
  const ready = async () => (await fetch(`${url}/-/ready`)).ok;
  const server = await startServer([prometheus, ...flags], { logFile: join(folder, 'prometheus.log'), withinMs: 20_000, ready });
  return {
    url,
    async stop() {
      await server.end(5_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
