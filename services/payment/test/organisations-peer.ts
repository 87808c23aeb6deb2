import type { IdentityService } from '@boxoffice/contracts';

/** Identity as these tests see it: every organisation has the same name. */
export const organisations: Pick<IdentityService, 'organisationOf'> = {
  organisationOf: async ({ organisationId }) => ({ organisationId, name: 'Sala Mayor' }),
};
