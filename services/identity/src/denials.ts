import { TRPCError } from '@trpc/server';
import { maxMemberships } from './domain/organisation.ts';

/** CONFLICT without a code of its own: the catalogue has none for it. */
export const membershipLimitReached = (): Error =>
  new TRPCError({ code: 'CONFLICT', message: `An account belongs to at most ${maxMemberships} organisations.` });
