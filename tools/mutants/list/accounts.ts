import type { Mutant } from '../mutant.ts';

const callers = 'packages/service-kit/src/callers/caller-reader.ts';
const callerTests = ['packages/service-kit/src/callers/caller-reader.test.ts'];
const refreshTests = ['services/identity/src/use-cases/refresh.int.test.ts'];

/** Who calls: tokens of services and users, sessions. */
export const accounts: readonly Mutant[] = [
  {
    name: 'token-for-another-callee',
    guard: 'a service token is for one callee (audience)',
    file: callers,
    find: '{ ...rules, issuer, audience }',
    replace: '{ ...rules, issuer }',
    tests: callerTests,
  },
  {
    name: 'token-for-a-day',
    guard: 'a service token lives 60 s at most',
    file: callers,
    find: 'if (exp - iat > serviceTokenLifeS)',
    replace: 'if (false)',
    tests: callerTests,
  },
  {
    name: 'token-of-another-service',
    guard: 'a service signs for itself only',
    file: callers,
    find: ' && issuer === `service:',
    replace: ' && issuer !== `elsewhere:',
    tests: callerTests,
  },
  {
    name: 'user-token-for-anything',
    guard: 'a user’s token is for this product (audience)',
    file: callers,
    find: 'issuer: userIssuer, audience: userAudience }',
    replace: 'issuer: userIssuer }',
    tests: callerTests,
  },
  {
    name: 'verified-for-ever',
    guard: 'a checked token is checked again after its end',
    file: callers,
    find: 'earlier && earlier.until > Date.now() &&',
    replace: 'earlier &&',
    tests: callerTests,
  },
  {
    name: 'verified-by-a-lost-key',
    guard: 'a checked token is nothing once its key is gone',
    file: callers,
    find: ' || keys.knows(earlier.kid))',
    replace: ' || earlier.kid)',
    tests: callerTests,
  },
  {
    name: 'refreshed-twice',
    guard: 'of concurrent refreshes one wins (row lock)',
    file: 'services/identity/src/persistence/sessions.sql.ts',
    find: '     FOR NO KEY UPDATE OF s`',
    replace: '     `',
    tests: refreshTests,
    only: 'of concurrent refreshes exactly one wins',
  },
  {
    name: 'reused-token-is-harmless',
    guard: 'a refresh token used twice ends its session',
    file: 'services/identity/src/domain/session.ts',
    find: `return { kind: 'revoke', reason: 'refresh-token-reused' };`,
    replace: `return { kind: 'refuse' };`,
    tests: ['services/identity/src/domain/session.test.ts'],
  },
];
