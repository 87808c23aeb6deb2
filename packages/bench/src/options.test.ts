import { expect, test } from 'vitest';
import { help, optionsOf } from './options.ts';

test.each([
  [['--only', 'spread,nonsense'], "there is no scenario 'nonsense'"],
  [['--only', ''], "there is no scenario ''"],
  [['--rounds', '0'], '--rounds wants a number'],
  [['--rounds', '1.5'], '--rounds wants a whole number'],
  [['--seconds', 'two'], '--seconds wants a number'],
  [['--seconds', '3600'], '--seconds wants a number'],
  [['--quick', '--only', 'hot'], '--quick measures its three ratios only'],
  [['--loud'], '--loud'],
  [['hot'], 'hot'],
])('%j is refused in words', (args, words) => {
  expect(() => optionsOf(args)).toThrow(words);
});

test('without options everything is measured, with --only what is named', () => {
  expect(optionsOf([])).toMatchObject({ quick: false, json: false, rounds: 5, seconds: 3, out: undefined });
  expect(optionsOf([]).only).toContain('pay');
  expect(optionsOf(['--only', 'hot, pay', '--out', 'bench.md'])).toMatchObject({ only: ['hot', 'pay'], out: 'bench.md' });
  for (const name of optionsOf([]).only) expect(help).toContain(name);
});

test('--quick has rounds of its own, so that it ends within a minute', () => {
  expect(optionsOf(['--quick', '--json'])).toMatchObject({ quick: true, json: true, rounds: 2, seconds: 2 });
});
