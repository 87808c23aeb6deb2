import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { onlyFrom } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { organisationById } from '../persistence/organisations.ts';

/** What an organisation is called. Refuses FORBIDDEN to every service but payment and notification-analytics, and ORGANISATION_NOT_FOUND. */
export const organisationOf =
  ({ db }: Pick<Deps, 'db'>): IdentityService['organisationOf'] =>
  async ({ organisationId }, caller) => {
    onlyFrom(caller, 'payment', 'notification-analytics');
    const organisation = await organisationById(db.em(), organisationId);
    if (!organisation) throw new Refusal('ORGANISATION_NOT_FOUND', {});
    return { organisationId: organisation.id, name: organisation.name };
  };
