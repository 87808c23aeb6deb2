import { type Audience, type Caller, proceduresOver } from '@boxoffice/contracts';

const { router, anyone, user, account, service } = proceduresOver<object>();
// The same checks, and so the same words, as in front of procedures.
const gates = router({
  anyone: anyone.query(({ ctx }) => ctx.caller),
  user: user.query(({ ctx }) => ctx.caller),
  account: account.query(({ ctx }) => ctx.caller),
  service: service.query(({ ctx }) => ctx.caller),
});

/** Refuses a caller who does not belong to this audience, with UNAUTHORIZED or FORBIDDEN. */
export async function requireAudience(audience: Audience, caller: Caller): Promise<void> {
  await gates.createCaller({ caller })[audience]();
}
