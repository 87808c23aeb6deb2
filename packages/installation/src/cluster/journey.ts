import { startClient } from './clients.ts';
import type { Step } from './runner.ts';

export const journey: Step = {
  name: 'journey',
  fact: 'the whole journey, every refusal of it included, passes for a client in another namespace',
  after: ['install'],
  async work(cluster) {
    const client = await startClient(cluster, 'journey', ['journey', '--url', cluster.url]);
    const lines = (await client.end(300_000)).split('\n');
    const steps = lines.filter((line) => /^ +\d+ ms {2}/.test(line));
    const refusals = lines.filter((line) => /^\| .* \| [A-Z_]+ \| \d{3} \|$/.test(line));
    const skipped = lines.filter((line) => line.startsWith('   skipped'));
    cluster.say(`${steps.length} steps, ${refusals.length} bad inputs refused as promised, ${skipped.length} skipped`);
    for (const line of skipped) cluster.say(line.trim());
  },
};
