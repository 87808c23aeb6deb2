import tseslint from 'typescript-eslint';
import { boundaries, boundaryNames } from './tools/lint/boundaries.js';

/** Biome formats and lints the code; ESLint keeps the boundaries and the sizes of 'how code here reads'. */
export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '**/*_pb.ts', 'tools/lint/lint-fixtures/**', '.nx/**', '.cache/**', '.data/**'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { boundaries },
    rules: {
      ...Object.fromEntries(boundaryNames.map((name) => [`boundaries/${name}`, 'error'])),
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/test/**', '**/*.types.ts', 'packages/contracts/**'],
    rules: {
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
    },
  },
  { files: ['**/*.config.ts'], rules: { 'no-restricted-exports': 'off' } },
);
