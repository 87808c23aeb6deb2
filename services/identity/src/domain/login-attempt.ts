/** How often one address may be tried: `failures` wrong passwords within `windowMs`, then wait. */
export type LoginPolicy = { failures: number; windowMs: number };

/** 10 wrong passwords within 15 minutes. */
export const loginPolicy: LoginPolicy = { failures: 10, windowMs: 15 * 60_000 };

/** An attempt that nobody has settled after this long belongs to a process that died; it no longer counts. */
export const attemptSettlesWithinMs = 60_000;

/** One try at an address: its age, and whether the password was wrong (false: still being compared). */
export type LoginAttempt = { ageMs: number; failed: boolean };

/**
 * May this address be tried once more? Answers the seconds to wait, or undefined for yes.
 * Attempts still being compared count as failures, so that a hundred guesses at once are not a hundred guesses;
 * but they say "in a second", because they may well succeed.
 */
export function waitBeforeLogin(attempts: LoginAttempt[], policy: LoginPolicy = loginPolicy): number | undefined {
  const failures = attempts.filter(({ failed, ageMs }) => failed && ageMs < policy.windowMs);
  const open = attempts.filter(({ failed, ageMs }) => !failed && ageMs < attemptSettlesWithinMs);
  if (failures.length + open.length < policy.failures) return undefined;
  // The wait ends when one fewer than the allowed failures is still inside the window.
  const deciding = failures.map(({ ageMs }) => ageMs).sort((a, b) => a - b)[policy.failures - 1];
  if (deciding === undefined) return 1;
  return Math.max(1, Math.ceil((policy.windowMs - deciding) / 1000));
}
