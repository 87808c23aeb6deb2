import { defineConfig } from 'vitest/config';

/** The suffix of a test file says what it needs: `.test.ts` nothing, `.int.test.ts` real engines, `.e2e.test.ts` a running system, `.chart.test.ts` helm. */
const sources = ['packages/*/src/**', 'packages/*/test/**', 'services/*/src/**', 'services/*/test/**', 'tools/**'];
const files = (suffix: string) => sources.map((folder) => `${folder}/*${suffix}`);
const engines = ['./packages/testing/src/global-setup.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: files('.test.ts'),
          exclude: ['**/*.int.test.ts', '**/*.e2e.test.ts', '**/*.chart.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'int',
          include: files('.int.test.ts'),
          globalSetup: engines,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { name: 'charts', include: files('.chart.test.ts'), testTimeout: 60_000, hookTimeout: 120_000 } },
      // One system at a time: memory and ports are measured in these.
      {
        test: {
          name: 'e2e',
          include: files('.e2e.test.ts'),
          globalSetup: engines,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
