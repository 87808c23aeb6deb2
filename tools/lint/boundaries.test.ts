import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ESLint, type Linter } from 'eslint';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const fixtures = path.join(import.meta.dirname, 'lint-fixtures');
const configuration: { default: Linter.Config[] } = await import(path.join(root, 'eslint.config.js'));
const { boundaryNames }: { boundaryNames: string[] } = await import(path.join(import.meta.dirname, 'boundaries.js'));

/** The rules that a deliberately bad file breaks under the project's own configuration, without the `removed` one. */
async function brokenBy(fixture: string, removed?: string): Promise<string[]> {
  const blocks = configuration.default
    .filter((block) => !block.ignores || block.files)
    .map((block) => {
      const { [`boundaries/${removed}`]: _gone, ...rules } = block.rules ?? {};
      return { ...block, rules };
    });
  const eslint = new ESLint({ cwd: root, overrideConfigFile: true, baseConfig: blocks, ignore: false });
  const results = await eslint.lintFiles([path.join(fixtures, fixture, '**/*.ts')]);
  return results.flatMap((result) => result.messages.map((message) => message.ruleId ?? message.message));
}

describe('boundaries', () => {
  test('every rule is switched on in the configuration and has a file that breaks it', () => {
    const on = configuration.default.flatMap((block) => Object.entries(block.rules ?? {})).filter(([, level]) => level === 'error');
    expect(boundaryNames.filter((name) => !on.some(([rule]) => rule === `boundaries/${name}`))).toEqual([]);
    expect(readdirSync(fixtures).sort()).toEqual([...boundaryNames].sort());
  });
  for (const name of boundaryNames) {
    test(`${name} fails its bad file`, async () => expect(new Set(await brokenBy(name))).toEqual(new Set([`boundaries/${name}`])));
    test(`${name} removed from the configuration lets the bad file pass`, async () => expect(await brokenBy(name, name)).toEqual([]));
  }
});
