import type { Step } from './runner.ts';

export const helmTest: Step = {
  name: 'helm-test',
  fact: 'helm test sells one ticket and lets it in',
  after: ['install'],
  async work({ helm, release, kubectl, nameOf, say }) {
    await helm('test', release, '--timeout', '5m');
    const log = await kubectl('logs', `pod/${nameOf('test')}`);
    say(log.trim().split('\n').at(-1) ?? '');
  },
};
