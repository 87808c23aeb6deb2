import { preparePrometheus } from '@boxoffice/testing/prometheus';
import { describe, expect, test } from 'vitest';
import { alertsOf, readRuleFiles } from './rules.ts';
import { auditStories } from './stories/audit.ts';
import { jobStories } from './stories/jobs.ts';
import { mailStories } from './stories/mails.ts';
import { messageStories } from './stories/messages.ts';
import { moneyStories } from './stories/money.ts';
import { processStories } from './stories/processes.ts';
import { serviceLevelStories } from './stories/service-levels.ts';
import { type Story, tell } from './stories/story.ts';

const { promtool } = await preparePrometheus();
const stories: Story[] = [auditStories, jobStories, mailStories, messageStories, moneyStories, processStories, serviceLevelStories].flat();

describe.each([...Map.groupBy(stories, ({ alert }) => alert)])('%s', (_, ofAlert) => {
  test.each(ofAlert.map((story) => [story.title, story] as const))('%s', (_, story) => tell(promtool, story));
});

const nameOf = ({ alert, severity }: { alert: string; severity?: string | undefined }) => `${alert} ${severity}`;
const isToTheMinute = ({ says = {}, silent }: Story) => Object.keys(says).some((minute) => silent.includes(Number(minute) - 1));

test('every alert has a story that tells it in a minute, and not in the minute before', async () => {
  const alerts = alertsOf(await readRuleFiles()).map(({ alert, labels }) => nameOf({ alert, severity: labels.severity }));
  expect(new Set(stories.filter(isToTheMinute).map(nameOf))).toEqual(new Set(alerts));
});

test('a story that is not so is found', async () => {
  const [story] = messageStories;
  if (!story) return expect.fail('no story');
  await expect(tell(promtool, { ...story, silent: [12] })).rejects.toThrow(/exp:\[\s*\]/);
  await expect(tell(promtool, { ...story, says: { 11: 'Nothing.' }, silent: [] })).rejects.toThrow(/got:\[\s*\]/);
  await expect(tell(promtool, { ...story, says: { 12: 'Nothing.' }, silent: [] })).rejects.toThrow(/waits for 2m 0s/);
});
