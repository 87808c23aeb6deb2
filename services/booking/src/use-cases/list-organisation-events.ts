import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { eventOf, organisationsOf } from '../domain/event.ts';
import { pageOfEvents } from '../persistence/events.ts';

/** Every event of an organisation, drafts too, for its members in any role. Refuses ORGANISATION_NOT_FOUND to strangers. */
export const listOrganisationEvents =
  ({ db, holdTtlMs }: Deps): BookingService['listOrganisationEvents'] =>
  async ({ organisationId, ...page }, { actor }) => {
    if (!organisationsOf(actor).includes(organisationId)) throw new Refusal('ORGANISATION_NOT_FOUND', {});
    const { events, next } = await pageOfEvents(db, { organisationId }, page);
    return { events: events.map((event) => eventOf(event, holdTtlMs)), next };
  };
