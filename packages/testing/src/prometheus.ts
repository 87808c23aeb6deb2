import { findOnPath, installByApt } from './engines/install.ts';

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
