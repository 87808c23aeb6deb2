import type { IdentityService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';

/** The public keys of access tokens, newest first. */
export const jwks =
  ({ signingKeys }: Pick<Deps, 'signingKeys'>): IdentityService['jwks'] =>
  async () => ({ keys: await signingKeys.published() });
