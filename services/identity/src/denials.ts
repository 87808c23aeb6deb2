import type { Service, ServiceName } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { maxMemberships } from './domain/organisation.ts';

/** Lets one service through; any other gets FORBIDDEN. */
export function onlyService(actor: Service, allowed: ServiceName): void {
  if (actor.name !== allowed) throw new TRPCError({ code: 'FORBIDDEN', message: 'This service may not ask for addresses.' });
}

/** CONFLICT without a code of its own: the catalogue has none for it. */
export const membershipLimitReached = (): Error =>
  new TRPCError({ code: 'CONFLICT', message: `An account belongs to at most ${maxMemberships} organisations.` });
