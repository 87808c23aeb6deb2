import type { IdentityService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';

/** The public keys of access tokens. */
export const jwks =
  ({ signingKeys }: Deps): IdentityService['jwks'] =>
  async () => ({ keys: await signingKeys.published() });
