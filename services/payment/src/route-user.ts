import type { Caller, User } from '@boxoffice/contracts';

/** Who opened a route whose audience is 'user', so that nobody else gets here. */
export function userOf(caller: Caller): Caller<User> {
  if (caller.actor.kind !== 'user') throw new Error('a route of users was opened without one');
  return caller as Caller<User>; // as was just checked
}
